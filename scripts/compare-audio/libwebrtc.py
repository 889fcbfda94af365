#!/usr/bin/env python3
"""Play packet traces through libwebrtc (the package `wrtc` of PyPI), in real time.

usage: libwebrtc.py --out FOLDER TRACE...

Two peer connections in this process speak over a proxy of ours on loopback. A transform puts the trace's own Opus packets in the
place of what the sender encodes, and the proxy delivers each when the trace says, or never: libwebrtc's NetEQ meets the very
packets that the trace holds. Writes FOLDER/CONDITION.SEED.wav, what was heard from the trace's time 0 on, and
FOLDER/CONDITION.SEED.json with
  concealed_pct  by libwebrtc's own statistics, from second 2 to the last packet
  buffer_ms      mean time in its buffer, the same
  worst_late_ms  by how much the proxy delivered a packet too late at worst: the machine was busy
The traces are played side by side; those in which a packet came over 5 ms too late are played again, three times at most.
"""
import argparse
import asyncio
import json
import pathlib
import re
import struct
import wave

import webrtc

RATE, TICK = 48000, 480
FRAME_S = 0.02
# Packets leave this much before the trace's own time: a busy moment of the sender delays none.
LEAD_S = 0.5
SETTLED_S = 2.0
AFTER_S = 0.5
LATE_MS, TRIES = 5, 3
MEDIA_TYPES = range(64, 96)


def parse(path):
    """The packets of a trace: (arrival in seconds, number of the frame, payload)."""
    data, at, packets = path.read_bytes(), 4, []
    if data[:4] != b"TRC1":
        raise SystemExit(f"{path} is not a trace")
    while at < len(data):
        arrival, _, timestamp, length = struct.unpack_from("<dHIH", data, at)
        at += 16
        packets.append((arrival / 1000, timestamp // 960, data[at : at + length]))
        at += length
    return packets


class Leg(asyncio.DatagramProtocol):
    """One side of the proxy: a port for one peer, which hands on what comes."""

    def __init__(self, received):
        self.received, self.transport, self.peer = received, None, None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.peer = address
        self.received(data)

    @property
    def port(self):
        return self.transport.get_extra_info("sockname")[1]

    def send(self, data):
        if self.peer:
            self.transport.sendto(data, self.peer)


class Network:
    """The network of a trace: media packets come when it says, everything else at once."""

    def __init__(self, packets):
        self.arrivals = {}
        for arrival, number, _ in packets:
            self.arrivals.setdefault(number, arrival)
        self.start, self.first, self.worst_late = None, None, 0.0

    async def open(self):
        loop = asyncio.get_running_loop()
        self.speaker, _ = await loop.create_datagram_endpoint(lambda: Leg(self.from_speaker), ("127.0.0.1", 0))
        self.listener, _ = await loop.create_datagram_endpoint(
            lambda: Leg(lambda data: self.to_speaker.send(data)), ("127.0.0.1", 0)
        )
        self.to_speaker, self.to_listener = self.speaker.get_protocol(), self.listener.get_protocol()

    def from_speaker(self, data):
        if not (128 <= data[0] < 192) or data[1] & 127 in MEDIA_TYPES:
            return self.to_listener.send(data)
        timestamp = int.from_bytes(data[4:8], "big")
        loop = asyncio.get_running_loop()
        if self.first is None:
            self.first, self.start = timestamp, loop.time() + LEAD_S
        arrival = self.arrivals.get(((timestamp - self.first) & 0xFFFFFFFF) // 960)
        if arrival is not None:
            loop.call_at(self.start + arrival, self.deliver, data, self.start + arrival)

    def deliver(self, data, due):
        self.worst_late = max(self.worst_late, asyncio.get_running_loop().time() - due)
        self.to_listener.send(data)


def through(description, port):
    """A session description whose only candidate is the proxy's port, and without congestion control: its probes would come as
    packets that the trace does not have."""
    unwanted = re.compile("a=candidate|a=end-of-cand|a=extmap:.*(abs-send-time|transport-wide-cc)|a=rtcp-fb:.*transport-cc")
    kept = [line for line in description.sdp.splitlines() if not unwanted.match(line)]
    kept += [f"a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host", "a=end-of-candidates"]
    return webrtc.RTCSessionDescriptionInit(description.type, "\r\n".join(kept) + "\r\n")


def replace_frames(payloads):
    """A transform that sends these instead of what was encoded."""

    async def worker(event):
        writer = event.transformer.writable.get_writer()
        number = 0
        async for frame in event.transformer.readable:
            frame.data = payloads.get(number, b"\x00")
            number += 1
            await writer.write(frame)

    return webrtc.RTCRtpScriptTransform(worker)


async def gathered(peer):
    while peer.ice_gathering_state != "complete":
        await asyncio.sleep(0.02)
    return peer.local_description


async def connect(network, packets):
    await network.open()
    speaker, listener = webrtc.RTCPeerConnection(), webrtc.RTCPeerConnection()
    source = webrtc.MediaStreamTrackGenerator("audio")
    speaker.add_track(source).transform = replace_frames({number: payload for _, number, payload in packets})
    await speaker.set_local_description(await speaker.create_offer())
    offer = await gathered(speaker)
    await listener.set_remote_description(through(offer, network.to_listener.port))
    await listener.set_local_description(await listener.create_answer())
    answer = await gathered(listener)
    host = next(
        line.split() for line in answer.sdp.splitlines() if line.startswith("a=candidate") and " 127.0.0.1 " in line and " udp " in line
    )
    network.to_listener.peer = ("127.0.0.1", int(host[5]))
    await speaker.set_remote_description(through(answer, network.to_speaker.port))
    while not (speaker.connection_state == "connected" == listener.connection_state):
        await asyncio.sleep(0.02)
    return speaker, listener, source


async def speak(source, seconds):
    """Silence, in time: what is sent in its place is the trace's."""
    writer = source.writable.get_writer()
    start = asyncio.get_running_loop().time()
    for tick in range(round(seconds * 100)):
        silence = webrtc.AudioDataInit("s16", RATE, TICK, 1, tick * 10000, bytes(2 * TICK))
        await writer.write(webrtc.AudioData(silence))
        await asyncio.sleep(max(0.0, start + 0.01 * (tick + 1) - asyncio.get_running_loop().time()))


async def listen(track, chunks):
    options = webrtc.MediaStreamTrackProcessorInit(track, max_buffer_size=400)
    processor = webrtc.MediaStreamTrackProcessor(options)
    async for data in processor.readable:
        samples = bytearray(data.number_of_frames * data.number_of_channels * 2)
        data.copy_to(samples, webrtc.AudioDataCopyToOptions(0, format="s16"))
        mono = samples if data.number_of_channels == 1 else b"".join(
            samples[at : at + 2] for at in range(0, len(samples), 2 * data.number_of_channels)
        )
        chunks.append((asyncio.get_running_loop().time(), data.sample_rate, bytes(mono)))
        data.close()


async def inbound(listener):
    for report in (await listener.get_stats()).values():
        if report.type == "inbound-rtp":
            return {name: getattr(report, name) for name in
                    ("concealed_samples", "total_samples_received", "jitter_buffer_delay", "jitter_buffer_emitted_count")}
    raise SystemExit("libwebrtc has no statistics of what it received")


async def play(trace, out):
    packets = parse(trace)
    network = Network(packets)
    speaker, listener, source = await connect(network, packets)
    track = listener.get_receivers()[0].track
    chunks = []
    listening = asyncio.ensure_future(listen(track, chunks))
    last = packets[-1][0]
    speaking = asyncio.ensure_future(speak(source, max(number for _, number, _ in packets) * FRAME_S + 0.04))
    while network.start is None:
        await asyncio.sleep(0.01)
    loop = asyncio.get_running_loop()
    await asyncio.sleep(network.start + SETTLED_S - loop.time())
    before = await inbound(listener)
    await asyncio.sleep(network.start + last - loop.time())
    after = await inbound(listener)
    await asyncio.sleep(AFTER_S)
    await speaking
    listening.cancel()
    speaker.close()
    listener.close()
    since = {name: after[name] - before[name] for name in after}
    save(out / f"{trace.stem}.wav", chunks, network.start, last + AFTER_S)
    figures = {
        "concealed_pct": 100 * since["concealed_samples"] / since["total_samples_received"],
        "buffer_ms": 1000 * since["jitter_buffer_delay"] / max(1, since["jitter_buffer_emitted_count"]),
        "worst_late_ms": 1000 * network.worst_late,
    }
    figures = {name: round(figure, 3) for name, figure in figures.items()}
    (out / f"{trace.stem}.json").write_text(json.dumps(figures))
    print(trace.stem, json.dumps(figures), flush=True)
    return figures["worst_late_ms"]


def save(path, chunks, start, lasting):
    """What was heard from `start` on. The chunks follow each other; the earliest of them tells when the first was played."""
    assert all(rate == RATE and len(samples) == 2 * TICK for _, rate, samples in chunks), "10 ms at 48 kHz are wanted"
    began = min(at - 0.01 * number for number, (at, _, _) in enumerate(chunks))
    heard = b"".join(samples for _, _, samples in chunks)
    skip = round((start - began) * RATE)
    heard = heard[2 * skip :] if skip >= 0 else bytes(-2 * skip) + heard
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(heard[: 2 * round(lasting * RATE)])


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("traces", type=pathlib.Path, nargs="+")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    webrtc.allow_loopback()
    left = args.traces
    for _ in range(TRIES):
        late = await asyncio.gather(*(play(trace, args.out) for trace in left))
        left = [trace for trace, late_ms in zip(left, late) if late_ms > LATE_MS]
    for trace in left:
        print(f"{trace.stem}: the machine is too busy; do not believe this one", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
