//! Certificates for development: a small authority, made on first run, and one certificate by it for this machine.
//!
//! The authority may vouch only for the names that it was made for (RFC 5280 name constraints), so a browser that
//! trusts it is not open to anything else, should its key be lost.

use std::{collections::BTreeSet, fs, net::IpAddr, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use x509_parser::{extensions::GeneralName, parse_x509_certificate, pem::parse_x509_pem};

use super::certificates::{CertificateError, CertificateFiles};
use crate::private_file;

const AUTHORITY: &str = "ca";
const LEAF: &str = "server";
const DAY_S: u64 = 86_400;
const AUTHORITY_DAYS: u64 = 3650;
const LEAF_DAYS: u64 = 90;
const RENEW_DAYS: u64 = 30;

/// Makes what is missing, near its end, or made for other names, and says where it is. `hosts` are DNS names or
/// addresses beside the loopback ones; `now_s` is in seconds since 1970.
pub fn ensure(folder: &Path, hosts: &[String], now_s: u64) -> Result<CertificateFiles, CertificateError> {
    fs::create_dir_all(folder)
        .map_err(|source| CertificateError::Unwritable { path: folder.to_owned(), source })?;
    let names = names(hosts);
    let path = |name: &str, kind: &str| folder.join(format!("{name}.{kind}"));
    let files = CertificateFiles { certificate: path(LEAF, "pem"), key: path(LEAF, "key") };

    let renew_s = now_s + RENEW_DAYS * DAY_S;
    let (ca_pem, ca_key) = (path(AUTHORITY, "pem"), path(AUTHORITY, "key"));
    let authority_holds = fits(&ca_pem, &names, renew_s) && ca_key.exists();
    if authority_holds && fits(&files.certificate, &names, renew_s) && files.key.exists() {
        return Ok(files);
    }

    let failed = |error: rcgen::Error| CertificateError::Unusable {
        path: folder.to_owned(),
        problem: format!("cannot make a development certificate: {error}"),
    };
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| CertificateError::Unreadable { path, source }
    };
    let issuer = if authority_holds {
        let key = fs::read_to_string(&ca_key).map_err(unreadable(&ca_key))?;
        let pem = fs::read_to_string(&ca_pem).map_err(unreadable(&ca_pem))?;
        Issuer::from_ca_cert_pem(&pem, KeyPair::from_pem(&key).map_err(failed)?).map_err(failed)?
    } else {
        let (key, params) = (KeyPair::generate().map_err(failed)?, authority(&names, now_s));
        let certificate = params.self_signed(&key).map_err(failed)?;
        write_pair(&ca_pem, &certificate.pem(), &ca_key, &key)?;
        Issuer::new(params, key)
    };
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = leaf(&names, now_s).signed_by(&key, &issuer).map_err(failed)?;
    write_pair(&files.certificate, &certificate.pem(), &files.key, &key)?;
    Ok(files)
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Dns(String),
    Address(IpAddr),
}

fn names(hosts: &[String]) -> BTreeSet<Name> {
    ["localhost", "127.0.0.1", "::1"]
        .into_iter()
        .chain(hosts.iter().map(String::as_str))
        .map(|host| match host.trim_matches(['[', ']']).parse() {
            Ok(address) => Name::Address(address),
            Err(_) => Name::Dns(host.to_ascii_lowercase()),
        })
        .collect()
}

fn authority(names: &BTreeSet<Name>, now_s: u64) -> CertificateParams {
    let mut params = params("quietline development authority", now_s, AUTHORITY_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let permitted_subtrees = names
        .iter()
        .map(|name| match name {
            Name::Dns(name) => GeneralSubtree::DnsName(name.clone()),
            Name::Address(address) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                *address,
                if address.is_ipv4() { 32 } else { 128 },
            )),
        })
        .collect();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    params
}

fn leaf(names: &BTreeSet<Name>, now_s: u64) -> CertificateParams {
    let mut params = params("quietline development server", now_s, LEAF_DAYS);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.subject_alt_names = names
        .iter()
        .filter_map(|name| match name {
            Name::Dns(name) => name.clone().try_into().ok().map(SanType::DnsName),
            Name::Address(address) => Some(SanType::IpAddress(*address)),
        })
        .collect();
    params
}

fn params(name: &str, now_s: u64, days: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + std::time::Duration::from_secs(now_s.saturating_sub(DAY_S));
    params.not_after = epoch + std::time::Duration::from_secs(now_s + days * DAY_S);
    params
}

/// Whether the certificate in the file is still good at `until_s` and names (or may vouch for) all of `names`.
fn fits(pem: &Path, names: &BTreeSet<Name>, until_s: u64) -> bool {
    let Ok(text) = fs::read(pem) else { return false };
    let Ok((_, block)) = parse_x509_pem(&text) else { return false };
    let Ok((_, certificate)) = parse_x509_certificate(&block.contents) else { return false };
    let mut found = BTreeSet::new();
    if let Ok(Some(alternative)) = certificate.subject_alternative_name() {
        found.extend(alternative.value.general_names.iter().filter_map(name));
    }
    if let Ok(Some(constraints)) = certificate.name_constraints() {
        let permitted = constraints.value.permitted_subtrees.iter().flatten();
        found.extend(permitted.filter_map(|subtree| name(&subtree.base)));
    }
    let until_s = i64::try_from(until_s).unwrap_or(i64::MAX);
    certificate.validity.not_after.timestamp() > until_s && names.is_subset(&found)
}

/// A name of a certificate; of an address with a mask (name constraints) the address.
fn name(general: &GeneralName<'_>) -> Option<Name> {
    match general {
        GeneralName::DNSName(name) => Some(Name::Dns((*name).to_owned())),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 | 8 => <[u8; 4]>::try_from(&bytes[..4]).ok().map(|bytes| Name::Address(bytes.into())),
            16 | 32 => <[u8; 16]>::try_from(&bytes[..16]).ok().map(|bytes| Name::Address(bytes.into())),
            _ => None,
        },
        _ => None,
    }
}

fn write_pair(pem_path: &Path, pem: &str, key_path: &Path, key: &KeyPair) -> Result<(), CertificateError> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| CertificateError::Unwritable { path, source }
    };
    private_file::write(key_path, key.serialize_pem().as_bytes()).map_err(unwritable(key_path))?;
    private_file::write_public(pem_path, pem.as_bytes()).map_err(unwritable(pem_path))
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, sync::Arc};

    use super::*;
    use crate::signalling::certificates::Certificates;

    const NOW_S: u64 = 1_800_000_000;

    fn leaf_pem(files: &CertificateFiles) -> String {
        fs::read_to_string(&files.certificate).unwrap()
    }

    #[test]
    fn a_certificate_is_made_once_and_renewed_near_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let files = ensure(folder.path(), &[], NOW_S).unwrap();
        let (first, authority) = (leaf_pem(&files), fs::read(folder.path().join("ca.pem")).unwrap());
        ensure(folder.path(), &[], NOW_S + DAY_S).unwrap();
        assert_eq!(leaf_pem(&files), first);
        ensure(folder.path(), &[], NOW_S + (LEAF_DAYS - RENEW_DAYS) * DAY_S).unwrap();
        assert_ne!(leaf_pem(&files), first);
        assert_eq!(fs::read(folder.path().join("ca.pem")).unwrap(), authority);
    }

    #[test]
    fn a_new_host_name_brings_a_new_authority_and_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let files = ensure(folder.path(), &[], NOW_S).unwrap();
        let (first, authority) = (leaf_pem(&files), fs::read(folder.path().join("ca.pem")).unwrap());
        ensure(folder.path(), &["desk.example".into(), "192.0.2.1".into()], NOW_S).unwrap();
        assert_ne!(leaf_pem(&files), first);
        assert_ne!(fs::read(folder.path().join("ca.pem")).unwrap(), authority);
    }

    #[test]
    fn the_keys_are_private_and_fit_their_certificates() {
        let folder = tempfile::tempdir().unwrap();
        let files = ensure(folder.path(), &[], NOW_S).unwrap();
        for name in ["ca.key", "server.key"] {
            assert_eq!(fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(Certificates::load(files, NOW_S).is_ok());
    }

    #[test]
    fn a_changed_file_is_taken_and_a_broken_one_is_not() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = ensure(folder.path(), &[], NOW_S).unwrap();
        let renewed = ensure(other.path(), &["longer.example".into()], NOW_S).unwrap();
        let certificates = Certificates::load(files.clone(), NOW_S).unwrap();
        assert!(!certificates.reload(NOW_S).unwrap());

        fs::copy(&renewed.certificate, &files.certificate).unwrap();
        let error = certificates.reload(NOW_S).unwrap_err().to_string();
        assert!(error.contains("server.key: is not the key of the certificate"), "{error}");
        assert!(!certificates.reload(NOW_S).unwrap(), "the same files are reported once");

        fs::copy(&renewed.key, &files.key).unwrap();
        // Both keys are of one length, so the time of change has to tell them apart.
        let later =
            fs::metadata(&files.certificate).unwrap().modified().unwrap() + std::time::Duration::from_secs(2);
        fs::File::options().write(true).open(&files.key).unwrap().set_modified(later).unwrap();
        assert!(certificates.reload(NOW_S).unwrap());
        assert!(server_config(&certificates).is_ok());
    }

    #[test]
    fn an_expired_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = ensure(folder.path(), &[], NOW_S).unwrap();
        let error = Certificates::load(files, NOW_S + LEAF_DAYS * DAY_S).unwrap_err().to_string();
        assert!(error.contains("server.pem: the certificate has expired"), "{error}");
    }

    fn server_config(certificates: &Arc<Certificates>) -> Result<rustls::ServerConfig, rustls::Error> {
        crate::signalling::certificates::server_config(certificates.clone())
    }
}
