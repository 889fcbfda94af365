//! What a listener inside the relay can make of a call. Only for the test that proves that it can make nothing.
//!
//! `eavesdropper TAP SPOKEN.wav FOLDER` tries to hear what `tapped-relay` wrote: it decodes each payload as Opus, as a whole,
//! behind the SFrame header, and without the tag, writes what comes out to FOLDER as raw audio, and prints what else the
//! packets tell, as JSON. `control.s16` is SPOKEN through Opus and the same decoder: who is let in would hear that.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fs, io,
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use opus::{Application, Bitrate, Channels, Decoder, Encoder};
use serde_json::{Value, json};

/// Bytes of the tag of AES_128_GCM_SHA256_128 (RFC 9605 4.5).
const TAG_LEN: usize = 16;
const RATE: u32 = 48_000;
/// Samples of the longest Opus packet, 120 ms.
const LONGEST: usize = 5_760;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    match &args[..] {
        [tap, spoken, folder] => listen(Path::new(tap), Path::new(spoken), Path::new(folder)),
        _ => Err("usage: eavesdropper TAP SPOKEN.wav FOLDER".into()),
    }
}

/// The part of a payload that is taken for an Opus packet.
type Reading = fn(&[u8]) -> &[u8];

struct Packet {
    from: u64,
    header: Vec<u8>,
    payload: Vec<u8>,
}

fn listen(tap: &Path, spoken: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let packets = read(tap)?;
    let speech = speech(spoken)?;
    fs::create_dir_all(folder)?;
    let mut told = BTreeMap::new();
    for from in packets.iter().map(|packet| packet.from).collect::<BTreeSet<_>>() {
        let said: Vec<&Packet> = packets.iter().filter(|packet| packet.from == from).collect();
        let readings: [(&str, Reading); 3] = [
            ("whole", |payload| payload),
            ("behind-header", |payload| &payload[sframe_header(payload).min(payload.len())..]),
            ("without-tag", |payload| {
                let start = sframe_header(payload).min(payload.len());
                &payload[start..payload.len().saturating_sub(TAG_LEN).max(start)]
            }),
        ];
        let mut refused = BTreeMap::new();
        for (name, reading) in readings {
            let (heard, errors) = decode(said.iter().map(|packet| reading(&packet.payload)))?;
            write(&folder.join(format!("{from}-{name}.s16")), &heard)?;
            refused.insert(name, errors);
        }
        let sealed = |packet: &&Packet| {
            packet.payload.len() - sframe_header(&packet.payload).min(packet.payload.len())
        };
        told.insert(
            from,
            json!({
                "packets": said.len(),
                "refused_by_opus": refused,
                "sealed_lengths": said.iter().map(sealed).collect::<BTreeSet<_>>(),
                "header_extensions": said.iter().filter(|packet| packet.header[0] & 0x10 != 0).count(),
            }),
        );
    }
    let control = decode(encode(&speech)?.iter().map(Vec::as_slice))?.0;
    write(&folder.join("control.s16"), &control)?;
    println!("{}", json!(told));
    Ok(())
}

fn read(tap: &Path) -> Result<Vec<Packet>, Box<dyn Error>> {
    let text = fs::read_to_string(tap)?;
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line)?;
            let bytes = |field: &str| {
                Ok::<_, Box<dyn Error>>(STANDARD.decode(line[field].as_str().ok_or("no bytes")?)?)
            };
            let from = line["from"].as_u64().ok_or("nobody said this")?;
            Ok(Packet { from, header: bytes("header")?, payload: bytes("payload")? })
        })
        .collect()
}

/// Bytes of the SFrame header (RFC 9605 4.3).
fn sframe_header(payload: &[u8]) -> usize {
    let config = payload.first().copied().unwrap_or_default();
    let extended = |flag: u8, length: u8| if flag == 0 { 0 } else { usize::from(length) + 1 };
    1 + extended(config & 0x80, config >> 4 & 7) + extended(config & 0x08, config & 7)
}

/// What Opus makes of the packets, and how many of them it refused.
fn decode<'a>(packets: impl Iterator<Item = &'a [u8]>) -> Result<(Vec<i16>, usize), opus::Error> {
    let mut decoder = Decoder::new(RATE, Channels::Mono)?;
    let (mut heard, mut refused) = (Vec::new(), 0);
    for packet in packets {
        let mut samples = vec![0; LONGEST];
        match decoder.decode(packet, &mut samples, false) {
            Ok(count) => heard.extend(&samples[..count]),
            Err(_) => refused += 1,
        }
    }
    Ok((heard, refused))
}

fn encode(speech: &[i16]) -> Result<Vec<Vec<u8>>, opus::Error> {
    let mut encoder = Encoder::new(RATE, Channels::Mono, Application::Voip)?;
    encoder.set_bitrate(Bitrate::Bits(32_000))?;
    speech.chunks_exact(960).map(|frame| encoder.encode_vec(frame, 1_500)).collect()
}

/// The samples of a 48 kHz mono WAV file.
fn speech(file: &Path) -> Result<Vec<i16>, Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let data = bytes.windows(4).position(|window| window == b"data").ok_or("no data chunk")?;
    Ok(bytes[data + 8..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

fn write(file: &Path, samples: &[i16]) -> io::Result<()> {
    fs::write(file, samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>())
}
