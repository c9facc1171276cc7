import type { AgentOptions, IncomingMessage } from "node:http";

const maxRedirects = 5;

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the server may take to answer. */
  readonly answerMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A request failed before the server answered. `code` is the system's, for example "ENOTFOUND". */
export class RequestFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * Asks for a file and follows redirects. The answer's body is a stream. HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold (Node 22.21 or later);
 * Node's own fetch knows them only where the whole program was started for it.
 *
 * @throws RequestFailure when no answer came; the signal's reason when it fires.
 */
export async function httpGet(url: string, options: GetOptions): Promise<IncomingMessage> {
  let address = new URL(url);
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const answer = await ask(address, options);
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return answer;
    answer.resume(); // its few bytes are of no use, and the socket must not wait for a reader
    const next = new URL(location, address);
    if (next.protocol !== address.protocol && next.protocol !== "https:") {
      throw new RequestFailure("ERR_REDIRECT", `${address.host} leads to ${next.protocol}//${next.host}, which is not encrypted`);
    }
    address = next;
  }
  throw new RequestFailure("ERR_REDIRECT", `${new URL(url).host} redirects more than ${maxRedirects} times`);
}

function ask(address: URL, { headers, answerMs, signal }: GetOptions): Promise<IncomingMessage> {
  signal?.throwIfAborted();
  const isTls = address.protocol === "https:";
  const proxy = { proxyEnv: process.env } as AgentOptions; // of Node 22.21 and later
  // an import would cost every program 25 ms, also those that never download anything
  const client = isTls ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
  const agent = new client.Agent(isTls ? { ...proxy, ca: authorities() } : proxy);
  return new Promise((resolve, reject) => {
    const request = client.request(address, {
      agent,
      headers: { "accept-encoding": "identity", "user-agent": "parfocal", ...headers },
      ...(signal && { signal }),
    });
    const timer = setTimeout(() => {
      request.destroy(new RequestFailure("ETIMEDOUT", `${address.host} did not answer within ${answerMs / 1000} s`));
    }, answerMs);
    request.on("response", (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (signal?.aborted || error instanceof RequestFailure) reject(signal?.aborted ? signal.reason : error);
      else reject(new RequestFailure(error.code ?? "", describe(error), error));
    });
    request.end();
  });
}

/** Of several addresses of one host that were all tried, Node reports an error without a text; to some it adds advice of its own. */
function describe(error: NodeJS.ErrnoException): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  const text = error.message || first?.message || error.code || "no reason given";
  return text.replace(/; if the root CA is installed locally.*$/, "");
}

let known: string[] | undefined;

/** The authorities that Node brings and those of the operating system, where an organisation adds its own. */
function authorities(): string[] {
  known ??= [...new Set([...list("default"), ...list("system")])];
  return known;
}

function list(type: "default" | "system"): readonly string[] {
  const tls = process.getBuiltinModule("node:tls");
  // Node 22.15 and later
  const { getCACertificates } = tls as { readonly getCACertificates?: (type: string) => string[] };
  return getCACertificates?.(type) ?? (type === "default" ? tls.rootCertificates : []);
}
