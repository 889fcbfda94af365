/**
 * Passkeys by the browser's WebAuthn, from and to the JSON of the protocol (WebAuthn Level 3, 5.1.8 and 5.1.9), byte strings in
 * base64url. Written out here because `parseCreationOptionsFromJSON` is younger than the oldest browsers that are accepted.
 */
import { fromBase64Url, toBase64Url } from '../e2ee/bytes';

export interface Passkeys {
  /** Makes a passkey. Rejects with a DOMException as the browser does. */
  create(options: unknown): Promise<unknown>;
  /** Proves one. */
  get(options: unknown): Promise<unknown>;
}

interface Descriptor {
  readonly id: string;
  readonly type: 'public-key';
  readonly transports?: AuthenticatorTransport[];
}
type Creation = Omit<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> & {
  readonly challenge: string;
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly excludeCredentials?: Descriptor[];
};
type Request = Omit<PublicKeyCredentialRequestOptions, 'challenge' | 'allowCredentials'> & {
  readonly challenge: string;
  readonly allowCredentials?: Descriptor[];
};

/** This browser's, or none where it has no WebAuthn. */
export function browserPasskeys(): Passkeys | undefined {
  if (typeof PublicKeyCredential === 'undefined') return undefined;
  return { create, get };
}

async function create(given: unknown): Promise<unknown> {
  const options = given as Creation;
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: (options.excludeCredentials ?? []).map(descriptor),
    },
  });
  const { response, ...rest } = face(made);
  if (!(response instanceof AuthenticatorAttestationResponse)) throw new TypeError('the browser made no passkey');
  return {
    ...rest,
    response: {
      attestationObject: text(response.attestationObject),
      clientDataJSON: text(response.clientDataJSON),
      transports: response.getTransports?.() ?? [],
    },
  };
}

async function get(given: unknown): Promise<unknown> {
  const options = given as Request;
  const proved = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: (options.allowCredentials ?? []).map(descriptor),
    },
  });
  const { response, ...rest } = face(proved);
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new TypeError('the browser proved no passkey');
  return {
    ...rest,
    response: {
      authenticatorData: text(response.authenticatorData),
      clientDataJSON: text(response.clientDataJSON),
      signature: text(response.signature),
      userHandle: response.userHandle === null ? null : text(response.userHandle),
    },
  };
}

/** What both kinds of answer have. No extension's output is sent: none decides anything. */
function face(credential: Credential | null) {
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError('the browser gave no passkey');
  const { id, rawId, type, response } = credential;
  return { id, rawId: text(rawId), type, extensions: {}, response };
}

function descriptor({ id, type, transports }: Descriptor): PublicKeyCredentialDescriptor {
  return { id: bytes(id), type, ...(transports && { transports }) };
}

function bytes(base64Url: string): Uint8Array<ArrayBuffer> {
  const found = fromBase64Url(base64Url);
  if (!found) throw new TypeError('the server asked for a passkey in a form that is not known');
  return found;
}

const text = (buffer: ArrayBuffer): string => toBase64Url(new Uint8Array(buffer));
