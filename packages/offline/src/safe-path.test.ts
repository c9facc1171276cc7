import { describe, expect, test } from "vitest";
import { manifestProblem, pathProblem } from "./safe-path.ts";

const file = (path: string) => ({ path, bytes: 0, sha256: "0".repeat(64) });

describe("pathProblem", () => {
  test.each(["install.cmd", "install.sh", "wheels/a-1-py3-none-any.whl", "weights/host_81/ä ö.pt", "app/node_modules/@a/b/.x"])(
    "%s may be in a bundle",
    (path) => expect(pathProblem(path)).toBeNull(),
  );

  test.each([
    ["../evil", "leads out of its folder"],
    ["wheels/../../evil", "leads out of its folder"],
    ["/etc/passwd", "leads out of its folder"],
    ["wheels//a", "leads out of its folder"],
    ["C:/evil", "has a character that file names cannot have everywhere"],
    ["wheels\\..\\evil", "has a character that file names cannot have everywhere"],
    ["wheels/a\u0000b", "has a character that file names cannot have everywhere"],
    ["wheels/con.txt", "has a name that Windows reserves"],
    ["wheels/a.", "has a name that Windows reserves"],
    ["evil.sh", "is none of a bundle's files"],
    [".ssh/authorized_keys", "is in none of a bundle's folders"],
  ])("%j is refused", (path, problem) => expect(pathProblem(path)).toBe(problem));
});

describe("manifestProblem", () => {
  test("takes links within a Python", () => {
    const links = [{ path: "python/cpython-3.11.7/bin/python3", target: "python3.11" }];
    expect(manifestProblem({ files: [file("python/cpython-3.11.7/bin/python3.11")], links })).toBeNull();
  });

  test("refuses names that differ in case only", () => {
    expect(manifestProblem({ files: [file("wheels/a.whl"), file("wheels/A.whl")], links: [] })).toContain("is there twice");
  });

  test.each(["../../../evil", "/etc/passwd", "..\\evil", "../.."])("refuses a link to %j", (target) => {
    const problem = manifestProblem({ files: [], links: [{ path: "python/cpython-3.11.7/lib", target }] });
    expect(problem).toContain("outside of its Python");
  });

  test("refuses a file below a link", () => {
    const links = [{ path: "python/cpython-3.11.7/lib", target: "bin" }];
    expect(manifestProblem({ files: [file("python/cpython-3.11.7/lib/os.py")], links })).toContain("lies below a link");
  });

  test("refuses a link outside of python", () => {
    expect(manifestProblem({ files: [], links: [{ path: "wheels/a", target: "b" }] })).toContain("outside of its Python");
  });
});
