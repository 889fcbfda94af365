//! One native counsellor or caller for the journeys of `tests/browser`: `client::Endpoint` with a file as its microphone and
//! another as its loudspeaker. `--carrier webrtc` has the `webrtc` crate carry its leg, `--carrier shared` (the usual) the
//! sans-IO leg on shared sockets. Not part of the product.
//!
//! JSON lines. The first on standard input says who it is: `{"origin", "trusted", "authority", "credential", "key_seed"}`, the
//! last two absent for a caller. Then `{"do": "say", "file"}`, `{"do": "record", "file", "where"}`, `{"do": "stop", "file"}`,
//! `{"do": "available"}`, `{"do": "join"}`, `{"do": "answer"}`, `{"do": "hang_up"}`. On standard output: what happened.

use std::{
    collections::{HashMap, VecDeque},
    env,
    error::Error,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError, TryRecvError},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use quietline::{
    audio::{TICK, codec::Mode, wav},
    client::{
        Command, Ear, EndpointOptions, Event, Hearer, IdentityPool, MediaLevel, Mouth, Role, Speech,
        StaffDevice, SystemEntropy,
        socket::Server,
        swarm::{EndpointId, Links, Swarm, SwarmOptions},
        webrtc::Peer,
    },
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let who: Value = serde_json::from_str(&line)?;
    let text = |name: &str| who[name].as_str().map(str::to_owned);
    let origin = text("origin").ok_or("no origin")?;
    let server = Server::new(&origin, Path::new(&text("trusted").ok_or("nothing is trusted")?))?;
    let sound = Arc::new(Mutex::new(Sound::default()));
    let options = EndpointOptions {
        role: match (text("credential"), text("key_seed")) {
            (Some(credential), Some(seed)) => {
                Role::Staff(StaffDevice { credential, key_seed: seed_of(&seed)? })
            }
            _ => Role::Caller,
        },
        media: MediaLevel::Full,
        origin,
        authority: text("authority").ok_or("no authority")?.parse()?,
        seed: 1,
        entropy: Box::new(SystemEntropy),
        identities: IdentityPool::generate(16)?,
        speech: Speech::new(Vec::new(), Mode::Voice)?,
        mouth: Some(Box::new(Ends(sound.clone()))),
        ear: Some(Box::new(Ends(sound.clone()))),
        mode: Mode::Voice,
        complexity: 9,
        clock_zero: clock(),
        answer_after: None,
        wrap_up: None,
    };
    let person = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--carrier", "webrtc"] => Person::Webrtc(Peer::start(server, options)?),
        ["--carrier", "shared"] | [] => {
            let swarm = Swarm::start(SwarmOptions { server, sockets: 1 })?;
            let endpoint = swarm.add(options, Links::default())?;
            Person::Shared(swarm, endpoint)
        }
        _ => return Err("native_peer [--carrier webrtc|shared]".into()),
    };
    let (asks, asked) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if asks.send(line).is_err() {
                return;
            }
        }
    });
    loop {
        match person.next_event() {
            Ok(event) => tell(&shown(&event)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        loop {
            let line = match asked.try_recv() {
                Ok(line) => line,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Ok(()),
            };
            let asked: Value = serde_json::from_str(&line)?;
            match command_of(&asked) {
                Some(command) => person.command(command)?,
                None => held(&sound).asked(&asked)?,
            }
        }
    }
}

/// The endpoint, by whoever carries its leg.
enum Person {
    Shared(Swarm, EndpointId),
    Webrtc(Peer),
}

impl Person {
    fn command(&self, command: Command) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Shared(swarm, endpoint) => swarm.command(*endpoint, command)?,
            Self::Webrtc(peer) => peer.command(command)?,
        }
        Ok(())
    }

    fn next_event(&self) -> Result<Event, RecvTimeoutError> {
        match self {
            Self::Shared(swarm, _) => swarm.events().recv_timeout(PAUSE).map(|told| told.event),
            Self::Webrtc(peer) => peer.events().recv_timeout(PAUSE).map(|told| told.event),
        }
    }
}

fn command_of(asked: &Value) -> Option<Command> {
    Some(match asked["do"].as_str()? {
        "available" => Command::GoAvailable,
        "join" => Command::Join,
        "answer" => Command::Accept,
        "hang_up" => Command::HangUp,
        _ => return None,
    })
}

/// What is said and what is recorded.
#[derive(Default)]
struct Sound {
    saying: VecDeque<i16>,
    file: Option<String>,
    recordings: HashMap<String, Recording>,
}

struct Recording {
    mouth: bool,
    begun: bool,
    to: BufWriter<File>,
}

impl Sound {
    fn asked(&mut self, asked: &Value) -> Result<(), Box<dyn Error>> {
        let file = asked["file"].as_str().unwrap_or_default().to_owned();
        match asked["do"].as_str() {
            Some("say") => {
                self.saying = wav::parse(&fs::read(&file)?)?.into();
                self.file = Some(file);
            }
            Some("record") => {
                let (mouth, to) = (asked["where"] == "mouth", BufWriter::new(File::create(&file)?));
                self.recordings.insert(file, Recording { mouth, begun: false, to });
            }
            Some("stop") => {
                if let Some(mut recording) = self.recordings.remove(&file) {
                    recording.to.flush()?;
                }
                tell(&json!({ "stopped": file }));
            }
            _ => return Err(format!("this cannot be done: {asked}").into()),
        }
        Ok(())
    }

    fn record(&mut self, mouth: bool, pcm: &[i16; TICK]) {
        for (file, recording) in self.recordings.iter_mut().filter(|(_, recording)| recording.mouth == mouth)
        {
            if !recording.begun {
                recording.begun = true;
                // What a microphone gives was said in the 10 ms before.
                let at = wall_ms() - u64::from(mouth) * 10;
                tell(&json!({ "recording": file, "started_at": at }));
            }
            let bytes: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            // A full disk shows in the score.
            let _ = recording.to.write_all(&bytes);
        }
    }
}

struct Ends(Arc<Mutex<Sound>>);

impl Mouth for Ends {
    fn speak(&mut self, _now: Instant, pcm: &mut [i16; TICK]) {
        let mut sound = held(&self.0);
        for sample in pcm.iter_mut() {
            *sample = sound.saying.pop_front().unwrap_or(0);
        }
        sound.record(true, pcm);
        if sound.saying.is_empty()
            && let Some(file) = sound.file.take()
        {
            tell(&json!({ "said": file }));
        }
    }
}

impl Ear for Ends {
    fn hear(&mut self, _now: Instant, pcm: &[i16; TICK]) {
        held(&self.0).record(false, pcm);
    }
}

fn held(sound: &Mutex<Sound>) -> MutexGuard<'_, Sound> {
    sound.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shown(event: &Event) -> Value {
    match event {
        Event::Words(words) => json!({ "event": "Words", "words": words }),
        Event::WhoCanHear(hearers) => {
            let name = |hearer: &Hearer| match hearer {
                Hearer::Me => "me".to_owned(),
                Hearer::Caller => "caller".to_owned(),
                Hearer::Staff { name, .. } => name.clone(),
            };
            json!({ "event": "WhoCanHear", "people": hearers.iter().map(name).collect::<Vec<_>>() })
        }
        other => json!({ "event": format!("{other:?}") }),
    }
}

fn tell(line: &Value) {
    // Whoever reads may have had enough.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn seed_of(hex: &str) -> Result<[u8; 32], Box<dyn Error>> {
    let mut seed = [0; 32];
    for (byte, at) in seed.iter_mut().zip((0..hex.len()).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2).ok_or("no seed")?, 16)?;
    }
    Ok(seed)
}

/// How often it looks whether something is asked.
const PAUSE: Duration = Duration::from_millis(20);

#[allow(clippy::disallowed_methods, reason = "the program's edge")]
fn clock() -> Instant {
    Instant::now()
}

#[allow(clippy::disallowed_methods, reason = "the program's edge")]
fn wall_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
