//! Tests of the configuration.

use toml::Table;

use super::*;

const EXAMPLE: &str = include_str!("../../quietline.example.toml");

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quietline.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path), environment.iter().map(|(name, text)| (name.to_string(), text.to_string())))
}

#[test]
fn the_example_states_every_key_with_its_default() {
    let example: Table = EXAMPLE.parse().unwrap();
    assert_eq!(example, Table::try_from(Config::default()).unwrap());
}

#[test]
fn every_key_of_the_example_is_explained() {
    let mut explained = false;
    for line in EXAMPLE.lines() {
        if line.contains('=') && !line.starts_with('#') {
            assert!(explained, "no comment before {line:?}");
        }
        explained = line.starts_with('#');
    }
}

#[test]
fn the_defaults_are_valid() {
    assert_eq!(Config::load(None, []).unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_refused_with_its_file_line_and_name() {
    let error = load("[server]\nlisten = []\nlissen = 1\n", &[]).unwrap_err().to_string();
    assert!(error.contains("quietline.toml, line 3") && error.contains("`lissen`"), "{error}");
    assert!(load("[sever]\n", &[]).unwrap_err().to_string().contains("`sever`"));
}

#[test]
fn a_broken_file_is_one_line() {
    for text in ["[server", "a = ", "[log]\nlevel = \"loud\"", "[server]\nlisten = [\"nowhere\"]"] {
        let error = load(text, &[]).unwrap_err().to_string();
        assert!(!error.contains('\n') && error.contains("line "), "{error}");
    }
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = [
        ("QUIETLINE_SERVER_LISTEN", "127.0.0.1:1, [::1]:2"),
        ("QUIETLINE_CALLS_RING_S", "7"),
        ("QUIETLINE_LOG_FORMAT", "json"),
        ("QUIETLINE_TLS_DEV_FOLDER", "/elsewhere"),
        ("OTHER", "x"),
        ("QUIETLINE_UNRELATED", "x"),
    ];
    let config = load("[calls]\nring_s = 9\nhold_s = 8\n", &environment).unwrap();
    let listen: [SocketAddr; 2] = ["127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap()];
    assert_eq!(config.server.listen, listen);
    assert_eq!((config.calls.ring_s, config.calls.hold_s), (7, 8));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.tls.dev_folder, Path::new("/elsewhere"));
}

#[test]
fn a_variable_that_names_no_key_is_refused() {
    for (name, text) in [("QUIETLINE_SERVER_LISSEN", "1"), ("QUIETLINE_CALLS_RING_S", "soon")] {
        let error = load("", &[(name, text)]).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn values_that_do_not_go_together_are_refused_by_key() {
    for (text, key) in [
        ("[server]\norigins = [\"http://example.org\"]", "server.origins"),
        ("[server]\norigins = [\"https://example.org/\"]", "server.origins"),
        ("[server]\nlisten = []", "server.listen"),
        ("[tls]\nkey_file = \"x\"", "tls.key_file"),
        ("[relay]\nlisten = [\"0.0.0.0\"]", "relay.advertise"),
        ("[calls]\nheartbeat_s = 10", "calls.timeout_s"),
        ("[service]\nexit_url = \"http://example.org\"", "service.exit_url"),
        ("[internal]\nlisten = \"8480\"", "internal.listen"),
        ("[authority]\nsigning_folder = \"x\"", "authority.signing_folder"),
    ] {
        let error = load(text, &[]).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    }
}
