//! A member that keeps no rule of `docs/e2ee.md`: plain openmls, and the messages that a member of ours must refuse.

use openmls::prelude::{
    tls_codec::{DeserializeBytes as _, Serialize as _},
    *,
};
use openmls_rust_crypto::OpenMlsRustCrypto;
use quietline::e2ee::SigningKeys;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

/// A commit that was made, sent and not entered.
#[derive(Debug)]
pub struct Made {
    pub epoch: u64,
    pub commit: Vec<u8>,
    pub welcome: Option<Vec<u8>>,
}

/// A member without rules. Credentials, keys and moments are whatever it is told.
pub struct LooseMember {
    provider: OpenMlsRustCrypto,
    keys: SigningKeys,
    credential: CredentialWithKey,
    call: [u8; 16],
    now: u64,
    group: Option<MlsGroup>,
}

impl LooseMember {
    /// `identity` is the content of the BasicCredential; `now` (milliseconds since 1970) dates KeyPackages.
    pub fn new(call: [u8; 16], keys: SigningKeys, identity: Vec<u8>, now: u64) -> Self {
        let credential = credential_of(&keys, identity);
        Self { provider: OpenMlsRustCrypto::default(), keys, credential, call, now, group: None }
    }

    pub fn key_package(&mut self) -> Vec<u8> {
        let bundle = KeyPackage::builder()
            .key_package_lifetime(self.lifetime())
            .leaf_node_capabilities(capabilities())
            .build(SUITE, &self.provider, &self.keys, self.credential.clone())
            .unwrap();
        write(bundle.into_key_package().into())
    }

    pub fn prepare_group(&mut self, key_package: &[u8]) -> Made {
        self.prepare_group_with(key_package, Extensions::empty())
    }

    /// A group whose context has extensions.
    pub fn prepare_group_with(&mut self, key_package: &[u8], extensions: Extensions<GroupContext>) -> Made {
        let group = MlsGroup::builder()
            .with_group_id(GroupId::from_slice(&self.call))
            .ciphersuite(SUITE)
            .with_wire_format_policy(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .lifetime(self.lifetime())
            .with_capabilities(capabilities())
            .with_group_context_extensions(extensions)
            .replace_old_group()
            .build(&self.provider, &self.keys, self.credential.clone())
            .unwrap();
        self.group = Some(group);
        self.prepare_add(key_package)
    }

    /// A commit that adds whoever it is, left pending.
    pub fn prepare_add(&mut self, key_package: &[u8]) -> Made {
        self.commit(true, vec![Self::read_key_package(&self.provider, key_package)], Vec::new())
    }

    /// A commit that removes whoever it is, left pending.
    pub fn prepare_remove(&mut self, leaf: u32) -> Made {
        self.commit(true, Vec::new(), vec![leaf])
    }

    pub fn confirm(&mut self) {
        let provider = &self.provider;
        self.group.as_mut().unwrap().merge_pending_commit(provider).unwrap();
    }

    pub fn discard(&mut self) {
        self.group.as_mut().unwrap().clear_pending_commit(self.provider.storage()).unwrap();
    }

    pub fn join(&mut self, welcome: &[u8]) {
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .build();
        let MlsMessageBodyIn::Welcome(welcome) = read(welcome) else { panic!("no Welcome") };
        let staged = StagedWelcome::build_from_welcome(&self.provider, &config, welcome)
            .unwrap()
            .skip_lifetime_validation()
            .replace_old_group()
            .build()
            .unwrap();
        self.group = Some(staged.into_group(&self.provider).unwrap());
    }

    /// Follows another's commit; `false` when it put this member out.
    pub fn apply_commit(&mut self, commit: &[u8]) -> bool {
        let group = self.group.as_mut().unwrap();
        let message = read_protocol(commit);
        let processed = group.process_message(&self.provider, message).unwrap();
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            panic!("no commit")
        };
        group.merge_staged_commit(&self.provider, *staged).unwrap();
        group.is_active()
    }

    pub fn seal(&mut self, data: &[u8]) -> Vec<u8> {
        let group = self.group.as_mut().unwrap();
        write(group.create_message(&self.provider, &self.keys, data).unwrap())
    }

    pub fn open(&mut self, message: &[u8]) -> (u32, Vec<u8>) {
        let group = self.group.as_mut().unwrap();
        let processed = group.process_message(&self.provider, read_protocol(message)).unwrap();
        let &Sender::Member(sender) = processed.sender() else { panic!("no member") };
        let ProcessedMessageContent::ApplicationMessage(message) = processed.into_content() else {
            panic!("no data")
        };
        (sender.u32(), message.into_bytes())
    }

    /// Adds somebody without a path, and drops the commit again, as all that follow do.
    pub fn evil_no_path_add(&mut self, key_package: &[u8]) -> Made {
        let key_package = Self::read_key_package(&self.provider, key_package);
        self.dropped(|member| member.commit(false, vec![key_package], Vec::new()))
    }

    pub fn evil_add(&mut self, key_package: &[u8]) -> Made {
        self.dropped(|member| member.prepare_add(key_package))
    }

    pub fn evil_remove(&mut self, leaf: u32) -> Made {
        self.dropped(|member| member.prepare_remove(leaf))
    }

    /// Removes a leaf and adds whoever it is in one commit.
    pub fn evil_swap(&mut self, leaf: u32, key_package: &[u8]) -> Made {
        let key_package = Self::read_key_package(&self.provider, key_package);
        self.dropped(|member| member.commit(true, vec![key_package], vec![leaf]))
    }

    /// Changes nothing but the group context's extensions.
    pub fn evil_context(&mut self, with_path: bool) -> Made {
        self.dropped(|member| {
            let group = member.group.as_mut().unwrap();
            let builder = group
                .commit_builder()
                .force_self_update(with_path)
                .propose_group_context_extensions(Extensions::empty())
                .unwrap();
            stage(builder, &member.provider, &member.keys)
        })
    }

    /// Takes another identity, and another signature key with `new_keys`, in the leaf of its own path.
    pub fn evil_identity(&mut self, identity: Vec<u8>, new_keys: Option<&SigningKeys>) -> Made {
        self.dropped(|member| {
            let credential = credential_of(new_keys.unwrap_or(&member.keys), identity);
            let group = member.group.as_mut().unwrap();
            let epoch = group.epoch().as_u64();
            let builder = group.commit_builder().force_self_update(true);
            let signer =
                NewSignerBundle { signer: new_keys.unwrap_or(&member.keys), credential_with_key: credential };
            let provider = &member.provider;
            let bundle = builder
                .load_psks(provider.storage())
                .unwrap()
                .build_with_new_signer(provider.rand(), provider.crypto(), &member.keys, signer, |_| true)
                .unwrap()
                .stage_commit(provider)
                .unwrap();
            made(epoch, bundle)
        })
    }

    /// A member's own commit, as a PublicMessage.
    pub fn evil_public_commit(&mut self) -> Made {
        self.set_wire_format(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY);
        let made = self.dropped(|member| member.commit(true, Vec::new(), Vec::new()));
        self.set_wire_format(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY);
        made
    }

    /// A proposal on its own, of a member.
    pub fn evil_proposal(&mut self, leaf: u32) -> Made {
        let group = self.group.as_mut().unwrap();
        let epoch = group.epoch().as_u64();
        let (message, _) =
            group.propose_remove_member(&self.provider, &self.keys, LeafNodeIndex::new(leaf)).unwrap();
        group.clear_pending_proposals(self.provider.storage()).unwrap();
        Made { epoch, commit: write(message), welcome: None }
    }

    /// A stranger's commit that lets themselves in: what a server could make of a leaked GroupInfo.
    pub fn evil_external_commit(&mut self, stranger: SigningKeys, identity: Vec<u8>) -> Made {
        let group = self.group.as_ref().unwrap();
        let info = write(group.export_group_info(self.provider.crypto(), &self.keys, true).unwrap());
        let MlsMessageBodyIn::GroupInfo(info) = read(&info) else { panic!("no GroupInfo") };
        let provider = OpenMlsRustCrypto::default();
        let credential = credential_of(&stranger, identity);
        let leaf = LeafNodeParameters::builder().with_capabilities(capabilities()).build();
        let (_, bundle) = MlsGroup::external_commit_builder()
            .build_group(&provider, info, credential)
            .unwrap()
            .leaf_node_parameters(leaf)
            .load_psks(provider.storage())
            .unwrap()
            .build(provider.rand(), provider.crypto(), &stranger, |_| true)
            .unwrap()
            .finalize(&provider)
            .unwrap();
        Made { epoch: group.epoch().as_u64(), commit: write(bundle.into_commit()), welcome: None }
    }

    /// A stranger's proposal to be added.
    pub fn evil_external_proposal(&mut self, stranger: &SigningKeys, key_package: &[u8]) -> Made {
        let group = self.group.as_ref().unwrap();
        let key_package = Self::read_key_package(&self.provider, key_package);
        let message: MlsMessageOut = JoinProposal::new::<
            <OpenMlsRustCrypto as OpenMlsProvider>::StorageProvider,
        >(key_package, group.group_id().clone(), group.epoch(), stranger)
        .unwrap();
        Made { epoch: group.epoch().as_u64(), commit: write(message), welcome: None }
    }

    pub fn group(&self) -> &MlsGroup {
        self.group.as_ref().unwrap()
    }

    pub fn base_key(&self) -> Vec<u8> {
        self.group().export_secret(self.provider.crypto(), "SFrame 1.0 Base Key", &[], 16).unwrap()
    }

    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    fn commit(&mut self, path: bool, added: Vec<KeyPackage>, removed: Vec<u32>) -> Made {
        let group = self.group.as_mut().unwrap();
        let builder = group
            .commit_builder()
            .force_self_update(path)
            .propose_removals(removed.into_iter().map(LeafNodeIndex::new))
            .propose_adds(added);
        stage(builder, &self.provider, &self.keys)
    }

    fn dropped(&mut self, make: impl FnOnce(&mut Self) -> Made) -> Made {
        let made = make(self);
        self.discard();
        made
    }

    fn set_wire_format(&mut self, policy: WireFormatPolicy) {
        let config =
            MlsGroupJoinConfig::builder().wire_format_policy(policy).use_ratchet_tree_extension(true).build();
        self.group.as_mut().unwrap().set_configuration(self.provider.storage(), &config).unwrap();
    }

    fn lifetime(&self) -> Lifetime {
        let now = self.now / 1000;
        Lifetime::init(now - 3600, now + 24 * 3600)
    }

    fn read_key_package(provider: &OpenMlsRustCrypto, key_package: &[u8]) -> KeyPackage {
        let MlsMessageBodyIn::KeyPackage(key_package) = read(key_package) else { panic!("no KeyPackage") };
        key_package.validate(provider.crypto(), ProtocolVersion::Mls10).unwrap()
    }
}

fn stage(builder: CommitBuilder<'_, Initial>, provider: &OpenMlsRustCrypto, keys: &SigningKeys) -> Made {
    let bundle = builder
        .load_psks(provider.storage())
        .unwrap()
        .build(provider.rand(), provider.crypto(), keys, |_| true)
        .unwrap()
        .stage_commit(provider)
        .unwrap();
    let epoch = epoch_of(bundle.commit());
    made(epoch, bundle)
}

fn made(epoch: u64, bundle: CommitMessageBundle) -> Made {
    let welcome = bundle.to_welcome_msg().map(write);
    Made { epoch, commit: write(bundle.into_commit()), welcome }
}

fn epoch_of(message: &MlsMessageOut) -> u64 {
    read_protocol(&write(message.clone())).epoch().as_u64()
}

fn credential_of(keys: &SigningKeys, identity: Vec<u8>) -> CredentialWithKey {
    CredentialWithKey {
        credential: BasicCredential::new(identity).into(),
        signature_key: keys.public().to_vec().into(),
    }
}

fn capabilities() -> Capabilities {
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(vec![SUITE])
        .credentials(vec![CredentialType::Basic])
        .build()
}

fn write(message: MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().unwrap()
}

fn read(bytes: &[u8]) -> MlsMessageBodyIn {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).unwrap().extract()
}

fn read_protocol(bytes: &[u8]) -> ProtocolMessage {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).unwrap().try_into_protocol_message().unwrap()
}
