//! A member of staff's browser: its keys, and a passkey in an authenticator made of code (WebAuthn Level 3, sections 6 and 7).

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    gateway::{Answer, Gateway, command, run},
    socket::{Socket, staff},
};

/// An authenticator with one passkey.
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    counter: u32,
    /// Whether it looks who is there.
    pub verifies: bool,
    /// What a page of another origin would make it sign.
    pub origin: String,
}

pub struct Browser {
    pub device_key: Ed25519KeyPair,
    pub bound: EcdsaKeyPair,
    pub passkey: Authenticator,
    pub staff: String,
    pub device: String,
    pub role: String,
    pub credential: Option<String>,
    pub session: String,
}

/// A link of `quietline staff add`, its token.
pub fn link(gateway: &Gateway, role: &str) -> String {
    let mut add = command(gateway.folder.path());
    add.args(["staff", "add", "--role", role]);
    let (status, link, error) = run(add);
    assert_eq!(status, Some(0), "{error}");
    token_of(&link)
}

pub fn token_of(link: &str) -> String {
    link.trim().split_once("#enrol=").unwrap().1.to_owned()
}

pub fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.body))
}

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let id = Sha256::digest(key.public_key())[..16].try_into().unwrap();
        Self { key, id, counter: 0, verifies: true, origin: origin.to_owned() }
    }

    /// Makes the passkey: `RegistrationResponseJSON`, without attestation.
    pub fn create(&mut self, options: &Value) -> Value {
        let client = self.client_data("webauthn.create", options);
        let point = self.key.public_key().as_ref();
        let mut data = self.data(&options["rp"]["id"], 0x40);
        data.extend([[0; 16].as_slice(), &[0, 16], &self.id].concat());
        // COSE_Key (RFC 9053): EC2, ES256, P-256, x, y.
        data.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        self.answer(json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "transports": ["internal", "hybrid"],
        }))
    }

    /// Proves it: `AuthenticationResponseJSON`.
    pub fn get(&mut self, options: &Value) -> Value {
        let client = self.client_data("webauthn.get", options);
        self.counter += 1;
        let data = self.data(&options["rpId"], 0);
        let said = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &said).unwrap();
        self.answer(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": null,
        }))
    }

    fn answer(&self, response: Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response})
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false});
        data.to_string().into_bytes()
    }

    fn data(&self, relying_party: &Value, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { 4 } else { 0 };
        let mut data = Sha256::digest(relying_party.as_str().unwrap()).to_vec();
        data.push(flags | 1 | verified);
        data.extend(self.counter.to_be_bytes());
        data
    }
}

impl Browser {
    /// Enrols with a fresh link of that role.
    pub async fn enrol(gateway: &Gateway, role: &str) -> Self {
        Self::enrol_by(gateway, &link(gateway, role), "Sam").await
    }

    pub async fn enrol_by(gateway: &Gateway, token: &str, name: &str) -> Self {
        let mut passkey = Authenticator::new(&gateway.origin());
        let (device_key, bound) = (Ed25519KeyPair::generate().unwrap(), bound_key());
        let begun = begin(gateway, &device_key, &bound, token, name).await;
        assert_eq!(begun.status, 200, "{}", begun.body);
        let begun = body(&begun);
        let finish = json!({"ceremony": begun["ceremony"], "passkey": passkey.create(&begun["options"])});
        let finished = gateway.post("/api/staff/passkey/enrolled", &finish.to_string()).await;
        assert_eq!(finished.status, 200, "{}", finished.body);
        let enrolled = body(&finished);
        let text = |name: &str| enrolled[name].as_str().unwrap_or_default().to_owned();
        Self {
            device_key,
            bound,
            passkey,
            staff: text("staff"),
            device: text("device"),
            role: text("role"),
            credential: enrolled["credential"].as_str().map(str::to_owned),
            session: text("session"),
        }
    }

    /// Begins a sign-in: the ceremony, or why not.
    pub async fn begin(&self, gateway: &Gateway) -> Answer {
        gateway.post("/api/staff/passkey/sign-in", &json!({"device": self.device}).to_string()).await
    }

    /// What finishes it.
    pub fn finish(&mut self, gateway: &Gateway, begun: &Value) -> Value {
        let ceremony = begun["ceremony"].as_str().unwrap();
        let said = format!("quietline passkey v1\n{}\n{ceremony}", gateway.origin());
        let signature = sign(&self.bound, &said);
        json!({"ceremony": ceremony, "passkey": self.passkey.get(&begun["options"]), "signature": signature})
    }

    /// Signs in by the passkey, from the beginning to the end.
    pub async fn sign_in(&mut self, gateway: &Gateway) -> Answer {
        let begun = self.begin(gateway).await;
        if begun.status != 200 {
            return begun;
        }
        let finish = self.finish(gateway, &body(&begun));
        let answer = gateway.post("/api/staff/passkey/signed-in", &finish.to_string()).await;
        if answer.status == 200 {
            self.session = body(&answer)["session"].as_str().unwrap().to_owned();
        }
        answer
    }

    /// What it says to a challenge.
    pub fn enter(&self, gateway: &Gateway, challenge: &Value) -> Value {
        let nonce = challenge["nonce"].as_str().unwrap();
        let said = format!("quietline staff enter v1\n{}\n{nonce}", gateway.origin());
        let signature = sign(&self.bound, &said);
        json!({"type": "enter", "device": self.device, "session": self.session, "signature": signature, "seen": 0})
    }

    /// Connects with the session.
    pub async fn connect(&self, gateway: &Gateway) -> Socket {
        let mut socket = staff(gateway).await;
        let challenge = socket.until("challenge").await;
        socket.say(self.enter(gateway, &challenge)).await;
        let welcome = socket.until("welcome").await;
        assert_eq!(welcome["role"], json!(self.role));
        socket
    }

    /// Why it cannot connect.
    pub async fn refused(&self, gateway: &Gateway) -> String {
        let mut socket = staff(gateway).await;
        let challenge = socket.until("challenge").await;
        socket.refused(self.enter(gateway, &challenge)).await
    }
}

/// Begins an enrolment.
pub async fn begin(
    gateway: &Gateway,
    device_key: &Ed25519KeyPair,
    bound: &EcdsaKeyPair,
    token: &str,
    name: &str,
) -> Answer {
    let bound = URL_SAFE_NO_PAD.encode(bound.public_key());
    let said = format!("quietline enrol browser v1\n{}\n{token}\n{bound}", gateway.origin());
    let body = json!({
        "token": token,
        "name": name,
        "device_key": URL_SAFE_NO_PAD.encode(device_key.public_key()),
        "bound_key": bound,
        "signature": STANDARD.encode(device_key.sign(said.as_bytes())),
    });
    gateway.post("/api/staff/passkey/enrol", &body.to_string()).await
}

pub fn bound_key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

fn sign(key: &EcdsaKeyPair, said: &str) -> String {
    STANDARD.encode(key.sign(&SystemRandom::new(), said.as_bytes()).unwrap())
}
