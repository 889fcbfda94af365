/**
 * Who a leaf is: the anonymous caller, or staff with a credential signed by the line's authority (a JWT, RFC 7519, bound to the
 * leaf's signature key by `cnf`, RFC 7800). Formats: docs/e2ee.md, "Who a member is".
 */
import { type Identity, Refusal } from './api';
import { equal, fromBase64Url, toHex, utf8 } from './bytes';
import { verify } from './ed25519';
import { isShowable } from './names';

/** The identity of every caller's BasicCredential. */
export const CALLER_IDENTITY = utf8('quietline caller v1');

const ISSUER = 'quietline authority';
const ROLES = ['counsellor', 'clinician', 'supervisor'] as const;
/** No credential is nearly this long; a bound on what is parsed. */
const MAX_CREDENTIAL = 1024;

/** A credential that verified. `expires` and `issued` are in seconds since 1970; a caller has none. */
export interface VerifiedCredential {
  readonly identity: Identity;
  readonly inForce?: { readonly from: number; readonly until: number };
}

/**
 * Verifies a BasicCredential's identity bytes against the authority and the leaf's signature key. Whether it is in force is the
 * caller's to ask with `assertInForce`: a member is not thrown out of a running call by the clock.
 */
export async function verifyCredential(
  identity: Uint8Array,
  signatureKey: Uint8Array,
  authority: string,
): Promise<VerifiedCredential> {
  if (equal(identity, CALLER_IDENTITY)) return { identity: { role: 'caller' } };
  return verifyJwt(new TextDecoder().decode(identity), signatureKey, authority);
}

/** Throws `expired-credential` unless the credential is in force at `now` (milliseconds since 1970). */
export function assertInForce(credential: VerifiedCredential, now: number): void {
  const period = credential.inForce;
  // A minute of grace at the start, because clocks differ.
  if (period !== undefined && (now / 1000 >= period.until || now / 1000 < period.from - 60)) {
    throw new Refusal('expired-credential', 'the staff credential is not in force');
  }
}

/** Verifies a staff credential for `publicKey` and that it is in force at `now` (milliseconds since 1970). */
export async function verifyStaffCredential(
  credential: string,
  publicKey: Uint8Array,
  authority: string,
  now: number,
): Promise<Exclude<Identity, { role: 'caller' }>> {
  const verified = await verifyJwt(credential, publicKey, authority);
  assertInForce(verified, now);
  if (verified.identity.role === 'caller') throw unsigned('not a staff credential');
  return verified.identity;
}

async function verifyJwt(jwt: string, signatureKey: Uint8Array, authority: string): Promise<VerifiedCredential> {
  if (jwt.length > MAX_CREDENTIAL) throw unsigned('the credential is too long');
  const authorityKey = fromBase64Url(authority);
  if (authorityKey?.length !== 32) throw unsigned("the line's authority key is not 32 bytes of base64url");
  const [header, payload, signature, ...rest] = jwt.split('.');
  const signatureBytes = fromBase64Url(signature ?? '');
  if (header === undefined || payload === undefined || signatureBytes?.length !== 64 || rest.length > 0) {
    throw unsigned('the credential is no signed token');
  }
  const kid = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', authorityKey))).slice(0, 16);
  const { alg, typ, kid: namedKey, crit } = parseObject(header);
  if (crit !== undefined || alg !== 'EdDSA' || typ !== 'quietline-staff+jwt' || namedKey !== kid) {
    throw unsigned("the credential is not of the line's authority");
  }
  if (!(await verify(authorityKey, utf8(`${header}.${payload}`), signatureBytes))) {
    throw unsigned("the credential's signature is wrong");
  }
  return readClaims(parseObject(payload), signatureKey);
}

function readClaims(claims: Record<string, unknown>, signatureKey: Uint8Array): VerifiedCredential {
  const { iss, sub, name, role, iat, exp } = claims;
  const knownRole = ROLES.find((known) => known === role);
  if (iss !== ISSUER || knownRole === undefined) throw unsigned('the credential has another issuer or an unknown role');
  if (typeof sub !== 'string' || !/^[0-9a-f]{32}$/.test(sub)) throw unsigned('the credential names no staff id');
  if (typeof name !== 'string' || !isShowable(name)) throw unsigned("the credential's name cannot be shown");
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) throw unsigned('the credential has no dates');
  if (!equal(confirmedKey(claims.cnf), signatureKey)) throw unsigned("the credential belongs to another device's key");
  return {
    identity: { role: knownRole, name, staff: sub },
    inForce: { from: iat as number, until: exp as number },
  };
}

function confirmedKey(cnf: unknown): Uint8Array {
  const jwk = isObject(cnf) && isObject(cnf.jwk) ? cnf.jwk : undefined;
  const key = typeof jwk?.x === 'string' ? fromBase64Url(jwk.x) : undefined;
  if (jwk?.kty !== 'OKP' || jwk.crv !== 'Ed25519' || key?.length !== 32)
    throw unsigned('the credential is bound to no key');
  return key;
}

function parseObject(base64url: string): Record<string, unknown> {
  try {
    const bytes = fromBase64Url(base64url);
    const parsed: unknown = bytes && JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, for both ways of being unreadable.
  }
  throw unsigned('the credential cannot be read');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unsigned(message: string): Refusal {
  return new Refusal('unsigned-credential', message);
}
