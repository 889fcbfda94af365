use super::*;
use crate::{core::ids::StaffId, store::sqlite::Sqlite};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

struct House {
    services: Services,
    folder: tempfile::TempDir,
}

fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    House { services: open(&folder), folder }
}

fn open(folder: &tempfile::TempDir) -> Services {
    Services::new(Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap()))
}

fn id(number: u8) -> ServiceId {
    ServiceId::from_random([number; 16])
}

fn by(number: u8) -> By {
    By { who: Who::person(StaffId::from_random([number; 16])), at: NOW }
}

fn called(name: &str) -> Details {
    Details { name: name.into(), purpose: "Support".into(), phone: "116 123".into(), ..Details::default() }
}

fn names(listed: &Listed) -> Vec<&str> {
    listed.entries.iter().map(|entry| entry.details.name.as_str()).collect()
}

fn fresh() -> impl FnMut() -> Result<ServiceId, NoRandomness> {
    let mut next = 100;
    move || {
        next += 1;
        Ok(id(next))
    }
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart_under_a_greater_version() {
    let House { services, folder } = house();
    assert_eq!(services.version().await.unwrap(), 0);
    services.add(id(1), called("samaritans"), by(1)).await.unwrap();
    let added = services.add(id(2), called("CALM"), by(1)).await.unwrap();
    assert_eq!(added.version, 2);
    drop(services);
    let services = open(&folder);
    assert_eq!(services.version().await.unwrap(), 2);
    let listed = services.list().await.unwrap();
    assert_eq!((listed.version, names(&listed)), (2, vec!["CALM", "samaritans"]));
}

#[tokio::test]
async fn of_two_who_change_an_entry_the_second_is_shown_what_the_first_did() {
    let House { services, .. } = house();
    let seen = services.add(id(1), called("CALM"), by(1)).await.unwrap();
    let hours = |hours: &str| Details { hours: hours.into(), ..called("CALM") };
    let changed = services.change(id(1), seen.version, hours("5pm to midnight"), by(1)).await.unwrap();
    let refused = services.change(id(1), seen.version, hours("always"), by(2)).await;
    assert!(matches!(refused, Err(ServicesError::Stale(entry)) if *entry == changed));
    let refused = services.retire(id(1), seen.version, true, by(2)).await;
    assert!(matches!(refused, Err(ServicesError::Stale(_))));
    assert_eq!(services.list().await.unwrap().entries, [changed]);
}

#[tokio::test]
async fn both_of_two_who_change_two_entries_at_once_are_heard() {
    let House { services, .. } = house();
    let (one, other) = tokio::join!(
        services.add(id(1), called("CALM"), by(1)),
        services.add(id(2), called("Cruse"), by(2)),
    );
    assert_ne!(one.unwrap().version, other.unwrap().version);
    assert_eq!(services.version().await.unwrap(), 2);
}

#[tokio::test]
async fn no_two_entries_have_one_name() {
    let House { services, .. } = house();
    services.add(id(1), called("CALM"), by(1)).await.unwrap();
    let cruse = services.add(id(2), called("Cruse"), by(1)).await.unwrap();
    let taken = |result: Result<Entry, ServicesError>| match result {
        Err(ServicesError::Flawed(flaws)) => flaws,
        other => panic!("{other:?}"),
    };
    let flaw = Flaw { row: None, field: Some(Field::Name), what: FlawKind::Taken };
    assert_eq!(taken(services.add(id(3), called("calm"), by(1)).await), [flaw]);
    assert_eq!(taken(services.change(id(2), cruse.version, called("Calm"), by(1)).await), [flaw]);
}

#[tokio::test]
async fn what_is_asked_again_changes_nothing_more() {
    let House { services, .. } = house();
    let added = services.add(id(1), called("CALM"), by(1)).await.unwrap();
    let same = services.change(id(1), added.version, called("CALM"), by(1)).await.unwrap();
    assert_eq!(same, added);
    assert_eq!(services.version().await.unwrap(), 1);
    let unknown = services.retire(id(9), 1, true, by(1)).await;
    assert!(matches!(unknown, Err(ServicesError::Unknown)));
}

#[tokio::test]
async fn a_table_is_taken_in_whole_or_not_at_all() {
    let House { services, .. } = house();
    services.add(id(1), called("CALM"), by(1)).await.unwrap();
    let cruse = services.add(id(2), called("Cruse"), by(1)).await.unwrap();
    services.retire(id(2), cruse.version, true, by(1)).await.unwrap();
    let wrong = "name,purpose,phone\nCALM,x,116 123\nSHOUT,x,none\nSHOUT,x,85258\nshout,x,85258\n";
    let Err(ServicesError::Flawed(flaws)) = services.import(wrong, false, fresh(), by(1)).await else {
        panic!("taken in")
    };
    let found: Vec<_> = flaws.iter().map(|flaw| (flaw.row.unwrap(), flaw.what)).collect();
    assert_eq!(found, [(3, FlawKind::NoNumber), (5, FlawKind::Taken)]);

    let good = "name,purpose,phone\ncalm,Support,116 123\nCRUSE,Grief,116 123\nSHOUT,x,85258\n";
    let trial = services.import(good, true, fresh(), by(1)).await.unwrap();
    assert_eq!(trial, Report { added: 1, changed: 2, unchanged: 0 });
    assert_eq!(services.version().await.unwrap(), 3);
    assert_eq!(services.import(good, false, fresh(), by(1)).await.unwrap(), trial);
    let listed = services.list().await.unwrap();
    assert_eq!((listed.version, names(&listed)), (4, vec!["calm", "CRUSE", "SHOUT"]));
    assert!(listed.entries.iter().all(|entry| !entry.retired));

    let again = services.import(&services.export().await.unwrap(), false, fresh(), by(1)).await.unwrap();
    assert_eq!(again, Report { added: 0, changed: 0, unchanged: 3 });
    assert_eq!(services.version().await.unwrap(), 4);
}

#[tokio::test]
async fn the_directory_takes_no_more_than_a_page_can_search() {
    let House { services, .. } = house();
    let row = |number: usize| format!("Service {number},x,116 123\n");
    let table = |rows| format!("name,purpose,phone\n{}", (0..rows).map(row).collect::<String>());
    let mut next = 0_u128;
    let mut many = || {
        next += 1;
        Ok(ServiceId::from_random(next.to_be_bytes()))
    };
    let full = Flaw { row: None, field: None, what: FlawKind::Full { most: MOST as u32 } };
    let refused = services.import(&table(MOST + 1), false, &mut many, by(1)).await;
    assert!(matches!(refused, Err(ServicesError::Flawed(flaws)) if flaws == [full]));
    services.import(&table(MOST), false, &mut many, by(1)).await.unwrap();
    let refused = services.add(id(1), called("one more"), by(1)).await;
    assert!(matches!(refused, Err(ServicesError::Flawed(flaws)) if flaws == [full]));
}

#[tokio::test]
async fn who_changed_the_directory_is_in_the_audit() {
    let House { services, .. } = house();
    services.add(id(1), called("CALM"), by(7)).await.unwrap();
    services.import("name,purpose,phone\nSHOUT,x,85258\n", false, fresh(), by(8)).await.unwrap();
    let (entries, _, flaw) = audit::verify(Arc::clone(&services.ledger), None).await.unwrap();
    assert_eq!(flaw, None);
    let did: Vec<_> = entries.into_iter().map(|entry| (entry.act.who, entry.act.did)).collect();
    let imported = Did::ImportedServices { entries: 1 };
    assert_eq!(did, [(by(7).who, Did::SetService { service: id(1) }), (by(8).who, imported)]);
}

#[tokio::test]
async fn the_example_in_the_documentation_can_be_taken_in_and_nothing_in_it_counts_as_reviewed() {
    let House { services, .. } = house();
    let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/services.csv")).unwrap();
    let report = services.import(&example, false, fresh(), by(1)).await.unwrap();
    assert_eq!((report.changed, report.unchanged), (0, 0));
    let listed = services.list().await.unwrap();
    assert!(listed.entries.len() >= 6 && listed.entries.iter().all(|entry| entry.details.review.is_none()));
}
