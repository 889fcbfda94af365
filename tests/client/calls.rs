//! Calls between native endpoints.

use quietline::{
    client::{Command, Event, Hearer, MediaLevel},
    e2ee::Role,
    proto::caller::EndedBy,
};

use crate::stage::{NAME, Stage};

fn words(event: &Event) -> Option<[&'static str; 4]> {
    if let Event::Words(words) = event { Some(*words) } else { None }
}

fn hearers(event: &Event) -> Option<Vec<Hearer>> {
    if let Event::WhoCanHear(hearers) = event { Some(hearers.clone()) } else { None }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_native_people_hear_each_other_and_see_the_same_words() {
    let mut stage = Stage::set(MediaLevel::Full).await;
    let (caller, counsellor) = stage.call();
    assert_eq!(stage.find(caller, "words", words), stage.find(counsellor, "words", words));
    let sam = Hearer::Staff { role: Role::Counsellor, name: NAME.to_owned() };
    assert_eq!(stage.find(caller, "who can hear", hearers), [sam, Hearer::Me]);
    assert_eq!(stage.find(counsellor, "who can hear", hearers), [Hearer::Me, Hearer::Caller]);
    // Marks come every three seconds: by the second one both have been heard.
    for person in [caller, counsellor] {
        let heard = stage.eventually(person, |figures| figures.stats.mouth_to_ear_us.count() >= 2);
        let median = heard.mouth_to_ear_us.quantile(0.5).unwrap();
        assert!((20_000..2_000_000).contains(&median), "{median} us from mouth to ear");
        assert_eq!((heard.packets_forged, heard.frames_refused), (0, 0), "{heard:?}");
        assert!(heard.packets_sent > 100 && heard.packets_received > 100, "{heard:?}");
    }
    stage.does(counsellor, Command::HangUp);
    stage.until(caller, &Event::Ended { by: EndedBy::Counsellor });
    stage.until(counsellor, &Event::WrapUp);
    stage.does(counsellor, Command::WrapUpDone { available: true });
    stage.until(counsellor, &Event::Available);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_leaves_and_may_call_again() {
    for level in [MediaLevel::Sealed, MediaLevel::Packets] {
        let mut stage = Stage::set(level).await;
        let (caller, counsellor) = stage.call();
        let heard = stage.eventually(caller, |figures| figures.stats.one_way_us.count() >= 20);
        assert!(heard.one_way_us.quantile(0.5).unwrap() < 1_000_000);
        stage.does(caller, Command::HangUp);
        stage.until(caller, &Event::Ended { by: EndedBy::Caller });
        stage.until(counsellor, &Event::Ended { by: EndedBy::Caller });
        stage.does(counsellor, Command::WrapUpDone { available: true });
        stage.does(caller, Command::Join);
        stage.until(caller, &Event::Connected);
        stage.until(caller, &Event::FirstAudio);
        stage.until(counsellor, &Event::FirstAudio);
    }
}
