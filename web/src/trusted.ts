/**
 * The page's only Trusted Types policy. The content security policy says `require-trusted-types-for 'script'; trusted-types
 * quietline`: a worker can be started only from a URL that passes here, and no string can become markup or script.
 */

interface Policy {
  createScriptURL(url: string): unknown;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

/** Where the build puts its scripts, with their content's hash in the name. */
const BUILT = /^\/assets\/[A-Za-z0-9_.-]+\.js$/;

/** Admits only a script of this build: this origin, `/assets/`, no query. Vite's development server serves from elsewhere. */
function builtScript(url: string): string {
  const parsed = new URL(url, self.location.href);
  const built = BUILT.test(parsed.pathname) && parsed.search === '' && parsed.hash === '';
  if (parsed.origin !== self.location.origin || !(built || import.meta.env.DEV)) {
    throw new TypeError('not a script of this site');
  }
  return parsed.href;
}

let policy: Policy | undefined;

/**
 * The URL of one of the build's workers, fit for `new Worker`. Where the browser lacks Trusted Types the same check is made and
 * the URL is returned as it is.
 */
export function workerUrl(url: string): URL {
  const factory = (self as { trustedTypes?: PolicyFactory }).trustedTypes;
  policy ??= factory?.createPolicy('quietline', { createScriptURL: builtScript }) ?? {
    createScriptURL: builtScript,
  };
  // The DOM's types know of no TrustedScriptURL; `Worker` takes one wherever a URL is expected.
  return policy.createScriptURL(url) as URL;
}
