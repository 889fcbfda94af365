//! The authorities and members that one peer holds, and what it can do with them.

use std::{collections::HashMap, time::SystemTime};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use quietline::e2ee::{
    Applied, AuthorityKey, AuthorityPublicKey, Epoch, Identity, Member, MemberOptions, PendingCommit, Role,
    SigningKeys, StaffGrant,
    authority::parse_public_key,
    inspect_key_package,
    sframe::{FrameReceiver, FrameSender},
    words::{SafetyWords, word_list},
};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::{
    loose::{LooseMember, Made},
    requests::{Fault, Request, bad, base64, hex, hex16},
};

const CALLER_IDENTITY: &[u8] = b"quietline caller v1";
const DEFAULT_STAFF: [u8; 16] = [0x0a; 16];

/// Everything that one process holds.
#[derive(Default)]
pub struct Peer {
    authorities: HashMap<String, AuthorityKey>,
    strict: HashMap<String, Strict>,
    loose: HashMap<String, LooseMember>,
}

/// A member that keeps the rules, and what a client has beside it.
struct Strict {
    member: Member,
    now: Option<u64>,
    /// The epoch's base key that the sender seals under, the sender, and the receiver.
    frames: Option<([u8; 16], FrameSender, FrameReceiver)>,
    words: Option<SafetyWords>,
}

impl Peer {
    pub fn handle(&mut self, request: &Request) -> Result<Value, Fault> {
        let command = request.text("cmd")?;
        match command {
            "authority" => {
                let key = self.authority(request.text("name")?)?;
                Ok(json!({ "authority": key.public().to_string() }))
            }
            "issue" => {
                let device_key = parse_public_key(request.text("device_key")?).map_err(bad)?;
                Ok(json!({ "jwt": self.issue(request, request, device_key)? }))
            }
            "member" => self.make_member(request),
            "inspect_key_package" => {
                let now = request.number("now").unwrap_or_else(|_| clock());
                let inspected = inspect_key_package(&request.bytes("key_package")?, &trusted(request)?, now)?;
                Ok(
                    json!({ "identity": identity(&inspected.identity), "signature_key": base64(inspected.signature_key) }),
                )
            }
            "words_list" => Ok(json!({ "words": word_list().collect::<Vec<_>>() })),
            _ => {
                let name = request.text("m")?;
                if let Some(strict) = self.strict.get_mut(name) {
                    return strict.handle(command, request);
                }
                let loose = self.loose.get_mut(name).ok_or_else(|| bad(format!("no member {name}")))?;
                handle_loose(loose, command, request)
            }
        }
    }

    fn authority(&mut self, name: &str) -> Result<&AuthorityKey, Fault> {
        if !self.authorities.contains_key(name) {
            self.authorities.insert(name.to_owned(), AuthorityKey::generate().map_err(bad)?);
        }
        self.authorities.get(name).ok_or_else(|| bad("no authority"))
    }

    /// Signs a credential: the name and role of `staff`, the authority and times of `request`.
    fn issue(&mut self, request: &Request, staff: &Request, device_key: [u8; 32]) -> Result<String, Fault> {
        let issued_at = request.number("iat").unwrap_or_else(|_| clock() / 1000);
        let grant = StaffGrant {
            staff: staff.text("staff_id").map_or(Ok(DEFAULT_STAFF), hex16)?,
            name: staff.text("name")?.to_owned(),
            role: Role::deserialize(staff.field("role")).map_err(bad)?,
            device_key,
            issued_at,
            expires_at: request.number("exp").unwrap_or(issued_at + 3600),
        };
        self.authority(request.text("issuer")?)?.issue(&grant).map_err(bad)
    }

    fn make_member(&mut self, request: &Request) -> Result<Value, Fault> {
        let (name, call) = (request.text("m")?.to_owned(), hex16(request.text("call")?)?);
        let seed = if request.has("private_key") { request.bytes32("private_key")? } else { random()? };
        let keys = SigningKeys::from_seed(&seed).map_err(bad)?;
        let signature_key = *keys.public();
        let jwt = if request.has("staff") {
            let staff = Request::new(request.field("staff").clone())?;
            match staff.text("credential") {
                Ok(text) => Some(text.to_owned()),
                Err(_) => Some(self.issue(request, &staff, signature_key)?),
            }
        } else {
            None
        };
        let now = request.number("now").ok();
        if request.field("loose").as_bool() == Some(true) {
            let identity = jwt.as_ref().map_or(CALLER_IDENTITY.to_vec(), |jwt| jwt.as_bytes().to_vec());
            self.strict.remove(&name);
            self.loose.insert(name, LooseMember::new(call, keys, identity, now.unwrap_or_else(clock)));
        } else {
            let options = MemberOptions { call, authority: trusted(request)?, keys, credential: jwt.clone() };
            let member = Member::new(options, now.unwrap_or_else(clock))?;
            self.loose.remove(&name);
            self.strict.insert(name, Strict { member, now, frames: None, words: None });
        }
        Ok(json!({ "signature_key": base64(signature_key), "private_key": base64(seed), "jwt": jwt }))
    }
}

impl Strict {
    fn handle(&mut self, command: &str, request: &Request) -> Result<Value, Fault> {
        let now = self.now.unwrap_or_else(clock);
        match command {
            "key_package" => Ok(json!({ "key_package": base64(self.member.key_package(now)?) })),
            "prepare_group" => Ok(pending(&self.member.prepare_group(&request.bytes("key_package")?, now)?)),
            "prepare_add" => Ok(pending(&self.member.prepare_add(&request.bytes("key_package")?, now)?)),
            "prepare_remove" => Ok(pending(&self.member.prepare_remove(request.leaf("leaf")?)?)),
            "confirm" => Ok(epoch(&self.member.confirm()?)),
            "discard" => {
                self.member.discard()?;
                Ok(json!({}))
            }
            "join" => Ok(epoch(&self.member.join(&request.bytes("welcome")?, now)?)),
            "apply_commit" => Ok(match self.member.apply_commit(&request.bytes("commit")?, now)? {
                Applied::Entered(entered) => epoch(&entered),
                Applied::Left => json!({ "left": true }),
            }),
            "epoch" => Ok(epoch(self.current()?)),
            "seal" => Ok(json!({ "message": base64(self.member.seal(&request.bytes("data")?)?) })),
            "open" => {
                let (from, data) = self.member.open(&request.bytes("message")?)?;
                Ok(json!({ "from": from, "data": base64(data) }))
            }
            "sframe_install" => self.install(request),
            "sframe_seal" => {
                let (_, sender, _) =
                    self.frames.as_mut().ok_or_else(|| bad("no frame keys are installed"))?;
                let mut sealed = Vec::new();
                sender.seal(&request.bytes("frame")?, &mut sealed).map_err(bad)?;
                Ok(json!({ "sealed": base64(sealed) }))
            }
            "sframe_open" => self.open_frame(request),
            "words_start" => {
                let current = self.current()?;
                let mine = current.my_leaf().ok_or_else(|| bad("no leaf"))?;
                let nonce = if request.has("nonce") { request.bytes32("nonce")? } else { random()? };
                let leaves = current.members.iter().map(|member| member.leaf);
                let mut words = SafetyWords::new(current.epoch, current.authenticator, mine, leaves, nonce);
                let data = words.start();
                self.words = Some(words);
                Ok(json!({ "data": base64(data) }))
            }
            "words_receive" => {
                let words = self.words.as_mut().ok_or_else(|| bad("no words are started"))?;
                let answer = words.receive(request.leaf("from")?, &request.bytes("data")?)?;
                Ok(json!({ "data": answer.map(base64) }))
            }
            "words" => Ok(json!({ "words": self.words.as_ref().and_then(SafetyWords::words) })),
            _ => Err(bad(format!("no command {command} of a member that keeps the rules"))),
        }
    }

    fn current(&self) -> Result<&Epoch, Fault> {
        self.member.current().ok_or_else(|| bad("the member is in no group"))
    }

    /// The key of the present epoch. A key that is installed again keeps its sender, because a counter never repeats.
    fn install(&mut self, request: &Request) -> Result<Value, Fault> {
        let current = self.current()?;
        let slots = Vec::<(u32, u8)>::deserialize(request.field("slots")).map_err(bad)?;
        let mine = current.my_leaf().ok_or_else(|| bad("no leaf"))?;
        let (number, base_key) = (current.epoch, current.base_key);
        let (sender, mut receiver) = match self.frames.take() {
            Some((known, sender, receiver)) if known == base_key => (sender, receiver),
            Some((_, _, receiver)) => (FrameSender::new(&base_key, number, mine).map_err(bad)?, receiver),
            None => (FrameSender::new(&base_key, number, mine).map_err(bad)?, FrameReceiver::new()),
        };
        receiver.install(number, &base_key, slots).map_err(bad)?;
        self.frames = Some((base_key, sender, receiver));
        Ok(json!({}))
    }

    fn open_frame(&mut self, request: &Request) -> Result<Value, Fault> {
        let (_, _, receiver) = self.frames.as_mut().ok_or_else(|| bad("no frame keys are installed"))?;
        let slot = u8::try_from(request.number("slot")?).map_err(bad)?;
        let mut frame = Vec::new();
        Ok(match receiver.open(slot, &request.bytes("sealed")?, request.number("now")?, &mut frame) {
            Ok(()) => json!({ "frame": base64(frame) }),
            Err(reason) => json!({ "dropped": reason.to_string() }),
        })
    }
}

fn handle_loose(member: &mut LooseMember, command: &str, request: &Request) -> Result<Value, Fault> {
    let key_package = || request.bytes("key_package");
    match command {
        "key_package" => return Ok(json!({ "key_package": base64(member.key_package()) })),
        "confirm" => member.confirm(),
        "discard" => {
            member.discard();
            return Ok(json!({}));
        }
        "join" => member.join(&request.bytes("welcome")?),
        "apply_commit" => {
            if !member.apply_commit(&request.bytes("commit")?) {
                return Ok(json!({ "left": true }));
            }
        }
        "epoch" => {}
        "seal" => return Ok(json!({ "message": base64(member.seal(&request.bytes("data")?)) })),
        "open" => {
            let (from, data) = member.open(&request.bytes("message")?);
            return Ok(json!({ "from": from, "data": base64(data) }));
        }
        _ => {
            let made = match command {
                "prepare_group" => member.prepare_group(&key_package()?),
                "prepare_add" => member.prepare_add(&key_package()?),
                "prepare_remove" => member.prepare_remove(request.leaf("leaf")?),
                "evil_add" => member.evil_add(&key_package()?),
                "evil_no_path_add" => member.evil_no_path_add(&key_package()?),
                "evil_remove" => member.evil_remove(request.leaf("leaf")?),
                "evil_swap" => member.evil_swap(request.leaf("leaf")?, &key_package()?),
                "evil_context_only" => member.evil_context(false),
                "evil_context_with_path" => member.evil_context(true),
                "evil_public_commit" => member.evil_public_commit(),
                "evil_proposal" => member.evil_proposal(request.leaf("leaf")?),
                "evil_external_commit" => member.evil_external_commit(stranger()?, CALLER_IDENTITY.to_vec()),
                "evil_external_proposal" => {
                    let mut guest = LooseMember::new([0; 16], stranger()?, CALLER_IDENTITY.to_vec(), clock());
                    let key_package = guest.key_package();
                    member.evil_external_proposal(guest.keys(), &key_package)
                }
                "evil_identity" => {
                    let keys =
                        (request.field("new_key").as_bool() == Some(true)).then(stranger).transpose()?;
                    let identity =
                        request.text("credential").map_or(CALLER_IDENTITY.to_vec(), |text| text.into());
                    member.evil_identity(identity, keys.as_ref())
                }
                _ => return Err(bad(format!("no command {command} of a loose member"))),
            };
            return Ok(made_json(&made));
        }
    }
    Ok(loose_epoch(member))
}

fn trusted(request: &Request) -> Result<AuthorityPublicKey, Fault> {
    request.text("authority")?.parse().map_err(bad)
}

fn pending(pending: &PendingCommit) -> Value {
    json!({ "epoch": pending.epoch, "commit": base64(&pending.commit), "welcome": pending.welcome.as_ref().map(base64) })
}

fn made_json(made: &Made) -> Value {
    json!({ "epoch": made.epoch, "commit": base64(&made.commit), "welcome": made.welcome.as_ref().map(base64) })
}

fn epoch(epoch: &Epoch) -> Value {
    let members: Vec<_> = epoch
        .members
        .iter()
        .map(|member| {
            let mut shown = identity(&member.identity);
            shown["leaf"] = json!(member.leaf);
            shown["me"] = json!(member.me);
            shown["signature_key"] = json!(base64(member.signature_key));
            shown
        })
        .collect();
    json!({
        "epoch": epoch.epoch, "base_key": base64(epoch.base_key), "authenticator": base64(epoch.authenticator),
        "members": members,
    })
}

fn loose_epoch(member: &LooseMember) -> Value {
    let group = member.group();
    let members: Vec<_> = group
        .members()
        .map(|other| {
            let me = other.index == group.own_leaf_index();
            json!({ "leaf": other.index.u32(), "me": me, "signature_key": base64(other.signature_key) })
        })
        .collect();
    json!({
        "epoch": group.epoch().as_u64(), "base_key": base64(member.base_key()),
        "authenticator": base64(group.epoch_authenticator().as_slice()), "members": members,
    })
}

fn identity(identity: &Identity) -> Value {
    match identity {
        Identity::Caller => json!({ "role": "caller" }),
        Identity::Staff { role, name, staff } => json!({ "role": role, "name": name, "staff": hex(staff) }),
    }
}

fn stranger() -> Result<SigningKeys, Fault> {
    SigningKeys::from_seed(&random()?).map_err(bad)
}

fn random() -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(bad)?;
    Ok(bytes)
}

#[allow(clippy::disallowed_methods, reason = "the peer's edge: the one place where it reads the clock")]
fn clock() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
