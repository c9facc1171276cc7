import type { Settings } from "../contract/environment.ts";
import { homeFolders } from "./folders.ts";

/** Variables that would lead Python, uv or pip to other interpreters, packages or settings than ours. */
const dropped = /^(PYTHON|UV_|PIP_|VIRTUAL_ENV|CONDA_|_CONDA_|_CE_|MAMBA_|PIPENV_|POETRY_|PYENV_VERSION$|__PYVENV_LAUNCHER__$)/i;

/** Of those, the ones that say how to reach the network, not what to fetch from it. */
const kept = /^(UV_SYSTEM_CERTS|UV_NATIVE_TLS|PIP_CERT|PIP_CLIENT_CERT|PIP_PROXY)$/i;

/**
 * A copy of the environment variables for child processes, without PYTHON*, virtual environments, conda, UV_* and PIP_*.
 * Proxy and certificate settings stay.
 */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && (kept.test(name) || !dropped.test(name))) clean[name] = value;
  }
  return clean;
}

/** Variables for uv: the clean ones and our own folders; uv's user configuration is not read. */
export function uvEnvironment(
  settings: Settings,
  environment: NodeJS.ProcessEnv = process.env,
  options: { readonly systemCerts?: boolean } = {},
): Record<string, string> {
  return {
    ...cleanEnvironment(environment),
    UV_NO_CONFIG: "1",
    UV_CACHE_DIR: settings.uvCache,
    UV_PYTHON_INSTALL_DIR: homeFolders(settings).python,
    UV_PYTHON_INSTALL_BIN: "0",
    UV_PYTHON_INSTALL_REGISTRY: "0",
    UV_PYTHON_DOWNLOADS: "never",
    UV_HTTP_CONNECT_TIMEOUT: "3",
    UV_HTTP_TIMEOUT: "60",
    UV_HTTP_RETRIES: "2",
    NO_COLOR: "1",
    ...(options.systemCerts && { UV_SYSTEM_CERTS: "1" }),
  };
}
