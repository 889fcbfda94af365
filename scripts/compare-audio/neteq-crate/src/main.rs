//! Plays packet traces through the jitter buffer `neteq` of crates.io, with the Opus decoder that it uses natively, in simulated
//! time.
//!
//! usage: `neteq-player FOLDER TRACE...`. Writes FOLDER/CONDITION.SEED.wav, what was heard from the trace's time 0 on, and
//! FOLDER/CONDITION.SEED.json with `concealed_pct`, the share of ticks of concealment from second 2 to the last packet.

use std::{env, error::Error, fs, path::Path, time::Duration};

use neteq::{AudioPacket, NetEq, NetEqConfig, NetEqError, RtpHeader, codec::AudioDecoder, neteq::SpeechType};

const RATE: u32 = 48_000;
const PAYLOAD_TYPE: u8 = 111;

struct Opus(ropus::Decoder);

impl AudioDecoder for Opus {
    fn sample_rate(&self) -> u32 {
        RATE
    }

    fn channels(&self) -> u8 {
        1
    }

    fn decode(&mut self, encoded: &[u8]) -> neteq::Result<Vec<f32>> {
        let mut out = vec![0.0; 5_760];
        let samples = self
            .0
            .decode_float(encoded, &mut out, ropus::DecodeMode::Normal)
            .map_err(|error| NetEqError::DecoderError(error.to_string()))?;
        out.truncate(samples);
        Ok(out)
    }
}

struct Packet {
    arrival_ms: f64,
    sequence: u16,
    timestamp: u32,
    payload: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let out = arguments.next().ok_or("usage: neteq-player FOLDER TRACE...")?;
    fs::create_dir_all(&out)?;
    for trace in arguments {
        let (heard, concealed_pct) = play(&parse(&fs::read(&trace)?)?)?;
        let name = Path::new(&trace).file_stem().ok_or("a trace has a name")?.to_string_lossy().into_owned();
        fs::write(format!("{out}/{name}.wav"), wav(&heard))?;
        fs::write(format!("{out}/{name}.json"), format!("{{\"concealed_pct\": {concealed_pct:.3}}}"))?;
        println!("{name} {concealed_pct:.3} % concealed");
    }
    Ok(())
}

fn play(packets: &[Packet]) -> Result<(Vec<i16>, f64), Box<dyn Error>> {
    let mut buffer = NetEq::new(NetEqConfig { sample_rate: RATE, ..NetEqConfig::default() })?;
    buffer.register_decoder(PAYLOAD_TYPE, Box::new(Opus(ropus::Decoder::new(RATE, ropus::Channels::Mono)?)));
    let last_ms = packets.last().ok_or("the trace is empty")?.arrival_ms;
    let (mut heard, mut ticks, mut concealed) = (Vec::new(), 0_u32, 0_u32);
    let mut packets = packets.iter().peekable();
    for now_ms in (0..last_ms as u64 + 500).step_by(10) {
        while let Some(packet) = packets.next_if(|packet| packet.arrival_ms <= now_ms as f64) {
            web_time::set(Duration::from_secs_f64(packet.arrival_ms / 1_000.0));
            let header = RtpHeader::new(packet.sequence, packet.timestamp, 1, PAYLOAD_TYPE, false);
            buffer.insert_packet(AudioPacket::new(header, packet.payload.clone(), RATE, 1, 20))?;
        }
        web_time::set(Duration::from_millis(now_ms));
        let frame = buffer.get_audio()?;
        heard.extend(frame.samples.iter().map(|sample| (sample * 32_768.0) as i16));
        if now_ms >= 2_000 && now_ms as f64 <= last_ms {
            ticks += 1;
            concealed += u32::from(matches!(frame.speech_type, SpeechType::Expand | SpeechType::Cng));
        }
    }
    Ok((heard, 100.0 * f64::from(concealed) / f64::from(ticks.max(1))))
}

fn parse(bytes: &[u8]) -> Result<Vec<Packet>, Box<dyn Error>> {
    let mut rest = bytes.strip_prefix(b"TRC1").ok_or("this is not a trace")?;
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let (head, tail) = rest.split_at_checked(16).ok_or("the trace is cut short")?;
        let length = u16::from_le_bytes([head[14], head[15]]);
        let (payload, tail) = tail.split_at_checked(length.into()).ok_or("the trace is cut short")?;
        packets.push(Packet {
            arrival_ms: f64::from_le_bytes(head[..8].try_into()?),
            sequence: u16::from_le_bytes([head[8], head[9]]),
            timestamp: u32::from_le_bytes(head[10..14].try_into()?),
            payload: payload.to_vec(),
        });
        rest = tail;
    }
    Ok(packets)
}

fn wav(samples: &[i16]) -> Vec<u8> {
    let length = samples.len() as u32 * 2;
    let mut bytes = [b"RIFF".as_slice(), &(36 + length).to_le_bytes(), b"WAVEfmt "].concat();
    for word in [16, 1 | 1 << 16, RATE, 2 * RATE, 2 | 16 << 16] {
        bytes.extend(u32::to_le_bytes(word));
    }
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}
