//! `quietline replay`, driven as a command: traces made and played, and files that cannot be.

use std::{
    f32::consts::TAU,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use quietline::audio::{network, trace, wav};
use serde_json::Value;

const SECONDS: usize = 6;

/// A folder with speech in it, and the command run there.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        let speech: Vec<i16> = (0..48_000 * SECONDS)
            .map(|i| {
                let pitch = 150.0 + 40.0 * (i as f32 / 20_000.0).sin();
                (8_000.0 * (TAU * pitch * (i % 48_000) as f32 / 48_000.0).sin()) as i16
            })
            .collect();
        bench.put("speech.wav", &wav::write(&speech));
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn replay(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_quietline"))
            .arg("replay")
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.replay(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The one line that a command which fails leaves.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.replay(args);
        assert!(!output.status.success(), "{args:?} was not refused");
        assert!(output.stdout.is_empty(), "{args:?}: {output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.trim_end().lines().count(), 1, "{args:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
        text
    }

    fn make(&self, network: &str, seed: &str, out: &str) {
        self.done(&["speech.wav", "--make", network, "--seed", seed, "--out", out]);
    }

    fn figures(&self, trace: &str, heard: &str) -> Value {
        serde_json::from_str(&self.done(&[trace, "--out", heard, "--json"])).unwrap()
    }
}

#[test]
fn a_trace_becomes_the_sound_that_was_heard_and_its_figures() {
    let bench = Bench::new();
    bench.make("loss15", "4", "bad.trc");
    let figures = bench.figures("bad.trc", "heard.wav");
    let heard = wav::parse(&bench.get("heard.wav")).unwrap();
    let last = trace::parse(&bench.get("bad.trc")).unwrap().last().unwrap().arrival_ms;
    let seconds = heard.len() as f64 / 48_000.0;
    assert!((seconds - last / 1_000.0 - 0.5).abs() <= 0.01, "{seconds} s of a trace of {last} ms");
    // Figures begin at second 2 and end with the last packet.
    assert!((figures["seconds"].as_f64().unwrap() - (last / 1_000.0 - 2.0)).abs() <= 0.011, "{figures}");

    let number =
        |name: &str| figures[name].as_f64().unwrap_or_else(|| panic!("{name} is missing in {figures}"));
    assert!((1.0..300.0).contains(&number("mean_delay_ms")), "{figures}");
    assert!((0.0..300.0).contains(&number("mean_target_ms")), "{figures}");
    assert!((0.1..40.0).contains(&number("concealed_percent")), "{figures}");
    assert!((0.0..50.0).contains(&number("stretched_percent")), "{figures}");
    assert!(number("lbrr_ms") > 100.0, "most of what is lost is repaired from copies: {figures}");
    for name in [
        "late_packets",
        "duplicate_packets",
        "unusable_packets",
        "stalls",
        "dred_ms",
        "comfort_ms",
        "shortened_ms",
        "lengthened_ms",
        "skipped_ms",
    ] {
        assert!(number(name) >= 0.0);
    }
    let made: f64 = ["decoded_ms", "lbrr_ms", "dred_ms", "concealed_ms", "comfort_ms", "lengthened_ms"]
        .iter()
        .map(|name| number(name))
        .sum();
    let played = 1_000.0 * number("seconds") + number("shortened_ms");
    assert!(
        (made - played).abs() <= 150.0,
        "what was played came from somewhere: {made} of {played}, {figures}"
    );
    let concealed = number("concealed_ms") + number("comfort_ms");
    assert!((concealed / 10.0 / number("seconds") - number("concealed_percent")).abs() < 0.1, "{figures}");
}

#[test]
fn nothing_is_concealed_on_a_clean_network() {
    let bench = Bench::new();
    bench.make("clean", "1", "clean.trc");
    let figures = bench.figures("clean.trc", "heard.wav");
    assert_eq!(figures["late_packets"], 0);
    for repair in ["lbrr_ms", "dred_ms", "concealed_ms", "comfort_ms"] {
        assert_eq!(figures[repair], 0, "{figures}");
    }
    assert!(figures["mean_delay_ms"].as_f64().unwrap() < 60.0, "{figures}");
    let plain = bench.done(&["clean.trc"]);
    assert!(plain.contains("delay") && plain.contains("concealed") && plain.lines().count() == 1, "{plain}");
}

#[test]
fn a_seed_makes_the_same_bytes_again_and_another_seed_others() {
    let bench = Bench::new();
    for model in network::MODELS {
        bench.make(model.name, "7", "once.trc");
        bench.make(model.name, "7", "again.trc");
        assert_eq!(bench.get("once.trc"), bench.get("again.trc"), "{}", model.name);
        bench.make(model.name, "8", "other.trc");
        assert_eq!(bench.get("once.trc") == bench.get("other.trc"), model.name == "clean", "{}", model.name);
    }
    bench.figures("once.trc", "once.wav");
    bench.figures("once.trc", "again.wav");
    assert_eq!(bench.get("once.wav"), bench.get("again.wav"));
}

#[test]
fn frames_of_every_length_and_rate_are_made() {
    let bench = Bench::new();
    for (frame_ms, bitrate) in [(10, 40_000), (20, 24_000), (40, 20_000), (60, 16_000)] {
        let (length, rate) = (frame_ms.to_string(), bitrate.to_string());
        let say = ["--frame-ms", &length, "--bitrate", &rate, "--out", "made.trc"];
        bench.done(&[["speech.wav", "--make", "clean"].as_slice(), &say].concat());
        let packets = trace::parse(&bench.get("made.trc")).unwrap();
        assert_eq!(packets.len(), SECONDS * 1_000 / frame_ms);
        assert!(packets.iter().all(|packet| packet.payload.len() == bitrate * frame_ms / 8_000));
        assert!(packets.windows(2).all(|two| two[1].timestamp - two[0].timestamp == frame_ms as u32 * 48));
        assert_eq!(bench.figures("made.trc", "heard.wav")["concealed_ms"], 0, "{frame_ms} ms");
    }
}

/// A trace with one packet of these fields.
fn one_packet(arrival_ms: f64, length: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"TRC1".to_vec();
    bytes.extend(arrival_ms.to_le_bytes());
    bytes.extend([0; 6]);
    bytes.extend(length.to_le_bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn a_trace_that_cannot_be_played_is_one_clear_line() {
    let bench = Bench::new();
    bench.make("clean", "1", "good.trc");
    let good = bench.get("good.trc");
    fs::create_dir(bench.path("folder")).unwrap();
    let backward = [one_packet(50.0, 1, &[0]), one_packet(40.0, 1, &[0])[4..].to_vec()].concat();
    for (name, bytes, says) in [
        ("empty", Vec::new(), "does not begin with TRC1"),
        ("magic", b"TRC2".to_vec(), "does not begin with TRC1"),
        ("nothing", b"TRC1".to_vec(), "no packet"),
        ("cut", good[..good.len() - 1].to_vec(), "cut short in packet 299"),
        ("header", good[..10].to_vec(), "cut short in packet 0"),
        ("absurd", one_packet(0.0, u16::MAX, &[1, 2, 3]), "cut short in packet 0"),
        ("nan", one_packet(f64::NAN, 1, &[0]), "impossible arrival"),
        ("never", one_packet(f64::INFINITY, 1, &[0]), "impossible arrival"),
        ("before", one_packet(-1e300, 1, &[0]), "impossible arrival"),
        ("ages", one_packet(4e6, 1, &[0]), "longer than an hour"),
        ("aeons", one_packet(1e300, 1, &[0]), "impossible arrival"),
        ("backward", backward, "impossible arrival"),
        ("sound", bench.get("speech.wav"), "does not begin with TRC1"),
    ] {
        bench.put(name, &bytes);
        let said = bench.refused(&[name, "--out", "heard.wav", "--json"]);
        assert!(said.contains(says) && said.contains(name), "{name}: {said}");
        assert!(!bench.path("heard.wav").exists(), "{name}");
    }
    assert!(bench.refused(&["missing.trc"]).contains("cannot read missing.trc"));
    assert!(bench.refused(&["folder"]).contains("cannot read folder"));
    for out in ["folder", "no/such/folder/heard.wav"] {
        let said = bench.refused(&["good.trc", "--out", out, "--json"]);
        assert!(said.contains(&format!("cannot write {out}")), "{said}");
    }
}

/// A WAV file of another kind: a field of the header changed.
fn changed(mut sound: Vec<u8>, at: usize, to: &[u8]) -> Vec<u8> {
    sound[at..at + to.len()].copy_from_slice(to);
    sound
}

#[test]
fn speech_that_cannot_be_sent_is_one_clear_line() {
    let bench = Bench::new();
    let speech = bench.get("speech.wav");
    for (name, bytes, says) in [
        ("empty", Vec::new(), "not a WAV file"),
        ("text", b"hello, world".to_vec(), "not a WAV file"),
        ("trace", one_packet(0.0, 1, &[0]), "not a WAV file"),
        ("cut", speech[..1_000].to_vec(), "cut short"),
        ("header", speech[..20].to_vec(), "cut short"),
        ("absurd", changed(speech.clone(), 40, &[0xff; 4]), "cut short"),
        ("rate", changed(speech.clone(), 24, &16_000_u32.to_le_bytes()), "16000 Hz"),
        ("stereo", changed(speech.clone(), 22, &[2]), "2 channels"),
        ("bits", changed(speech.clone(), 34, &[24]), "24 bits"),
        ("float", changed(speech.clone(), 20, &[3]), "format 3"),
        ("silent", wav::write(&[]), "not a whole frame"),
        ("short", wav::write(&[1; 900]), "not a whole frame"),
    ] {
        bench.put(name, &bytes);
        let said = bench.refused(&[name, "--make", "clean", "--out", "made.trc"]);
        assert!(said.contains(says) && said.contains(name), "{name}: {said}");
        assert!(!bench.path("made.trc").exists(), "{name}");
    }
    let said = bench.refused(&["missing.wav", "--make", "clean", "--out", "made.trc"]);
    assert!(said.contains("cannot read missing.wav"), "{said}");
    let said = bench.refused(&["speech.wav", "--make", "mars", "--out", "made.trc"]);
    assert!(said.contains("mars") && network::MODELS.iter().all(|model| said.contains(model.name)), "{said}");
    let said = bench.refused(&["speech.wav", "--make", "clean", "--frame-ms", "30", "--out", "made.trc"]);
    assert!(said.contains("30 ms"), "{said}");
    let said = bench.refused(&["speech.wav", "--make", "clean", "--out", "no/such/made.trc"]);
    assert!(said.contains("cannot write no/such/made.trc"), "{said}");
}

#[test]
fn nothing_is_written_over_the_input() {
    let bench = Bench::new();
    bench.make("clean", "1", "good.trc");
    let before = bench.get("good.trc");
    assert!(bench.refused(&["good.trc", "--out", "good.trc"]).contains("is the input"));
    assert!(bench.refused(&["good.trc", "--out", "./good.trc"]).contains("is the input"));
    assert_eq!(bench.get("good.trc"), before);
    assert!(Path::new(&bench.path("speech.wav")).exists());
    let speech = bench.get("speech.wav");
    assert!(
        bench.refused(&["speech.wav", "--make", "clean", "--out", "speech.wav"]).contains("is the input")
    );
    assert_eq!(bench.get("speech.wav"), speech);
}
