//! Endpoints whose legs the `webrtc` crate carries, against the built gateway.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use quietline::client::{
    Command, EndpointOptions, Event, MediaLevel, Role, socket::Server, swarm::Figures, webrtc::Peer,
};

use crate::{gateway::PATIENCE, stage::Stage};

/// One endpoint over the library.
struct Person {
    peer: Peer,
    told: Vec<Event>,
}

impl Person {
    fn new(stage: &Stage, options: EndpointOptions) -> Self {
        let trusted = stage.gateway.folder.path().join("certs-dev/ca.pem");
        let server = Server::new(&stage.gateway.origin(), &trusted).unwrap();
        Self { peer: Peer::start(server, options).unwrap(), told: Vec::new() }
    }

    fn caller(stage: &mut Stage) -> Self {
        let options = stage.options(Role::Caller);
        Self::new(stage, options)
    }

    fn counsellor(stage: &mut Stage) -> Self {
        let options = stage.options(Role::Staff(stage.device.clone()));
        Self::new(stage, options)
    }

    fn does(&self, command: Command) {
        self.peer.command(command).unwrap();
    }

    /// Waits until something was told, and forgets all that came before.
    fn find<T>(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            if let Some((at, found)) =
                self.told.iter().enumerate().find_map(|(at, event)| Some((at, wanted(event)?)))
            {
                self.told.drain(..=at);
                return found;
            }
            match self.peer.events().recv_timeout(PATIENCE) {
                Ok(told) => self.told.push(told.event),
                Err(_) => panic!("{what} was not told, but {:?}", self.told),
            }
        }
    }

    fn until(&mut self, event: &Event) {
        self.find(&format!("{event:?}"), |told| (told == event).then_some(()));
    }

    /// Waits until the figures are as wanted.
    fn eventually(&mut self, wanted: impl Fn(&Figures) -> bool) -> Figures {
        for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
            let figures = self.peer.figures().unwrap();
            if wanted(&figures) {
                return figures;
            }
            // Figures change without an event: they are asked for again after the next one, or a while.
            self.told.extend(self.peer.events().recv_timeout(PAUSE).map(|told| told.event));
        }
        panic!("it did not happen: {:?}", self.peer.figures().unwrap());
    }
}

fn words(event: &Event) -> Option<[&'static str; 4]> {
    if let Event::Words(words) = event { Some(*words) } else { None }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_carriers_carry_the_same_call() {
    let mut stage = Stage::set(MediaLevel::Full).await;
    let caller = stage.caller();
    let mut counsellor = tokio::task::block_in_place(|| Person::counsellor(&mut stage));
    tokio::task::block_in_place(|| {
        counsellor.does(Command::GoAvailable);
        counsellor.until(&Event::Available);
        stage.does(caller, Command::Join);
        assert_eq!(stage.find(caller, "words", words), counsellor.find("words", words));
        stage.until(caller, &Event::FirstAudio);
        // Marks come every three seconds: by the second one both have been heard.
        let marked = |figures: &Figures| figures.stats.mouth_to_ear_us.count() >= 2;
        let heard = [stage.eventually(caller, marked), counsellor.eventually(marked).stats];
        for stats in heard {
            assert_eq!((stats.packets_forged, stats.frames_refused), (0, 0), "{stats:?}");
            assert!(stats.packets_sent > 100 && stats.packets_received > 100, "{stats:?}");
        }
        // A fresh leg beside the present one, and the call goes on over it.
        counsellor.does(Command::NewLeg);
        counsellor.until(&Event::LegConnected);
        let before = counsellor.peer.figures().unwrap().stats;
        let after = counsellor
            .eventually(|figures| figures.stats.packets_received > before.packets_received + 100)
            .stats;
        assert_eq!(after.legs_replaced, 1);
        counsellor.does(Command::HangUp);
        counsellor.until(&Event::WrapUp);
        let last = counsellor.peer.stop().unwrap();
        assert_eq!(last.stats.frames_refused, 0);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn where_udp_is_blocked_the_library_goes_over_tcp() {
    // The relay is told under an address at which only TCP is taken on.
    let front = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = front.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in front.incoming().map_while(Result::ok) {
            thread::spawn(move || pass_on(&stream, port));
        }
    });
    let port = port.to_string();
    let told = [("QUIETLINE_RELAY_PORT", port.as_str()), ("QUIETLINE_RELAY_ADVERTISE", "127.0.0.2")];
    let mut stage = Stage::set_with(MediaLevel::Sealed, &told).await;
    tokio::task::block_in_place(|| {
        let (mut caller, mut counsellor) = (Person::caller(&mut stage), Person::counsellor(&mut stage));
        counsellor.does(Command::GoAvailable);
        counsellor.until(&Event::Available);
        caller.does(Command::Join);
        for person in [&mut caller, &mut counsellor] {
            person.until(&Event::FirstAudio);
        }
        for person in [&mut caller, &mut counsellor] {
            let stats = person.eventually(|figures| figures.stats.one_way_us.count() >= 100).stats;
            assert_eq!((stats.frames_refused, stats.legs_replaced), (0, 0), "{stats:?}");
        }
    });
}

fn pass_on(front: &TcpStream, port: u16) {
    let Ok(back) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let (Ok(mut from), Ok(mut to)) = (front.try_clone(), back.try_clone()) else { return };
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let _ = io::copy(&mut &back, &mut &*front);
    let _ = front.shutdown(Shutdown::Both);
}

const PAUSE: Duration = Duration::from_millis(50);
