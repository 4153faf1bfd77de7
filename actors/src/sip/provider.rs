//! [`Provider`]: what an account's row says of its SIP network.

use std::sync::Arc;

use gateway::sip::DtmfMode;
use sip::digest::{Credentials, Realm};
use sip::message::{Host, NameAddr, SipUri, Uri};
use sip::transport::Protocol;
use uuid::Uuid;

use crate::config::{Dtmf, Sip};
use crate::directory::{AccountRecord, Secret};

/// Accounts with the same share one upstream.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// The network.
    pub network: Uuid,
    /// The identifier as provisioned.
    pub identifier: String,
    /// The password.
    pub access_token: Secret,
    /// The effective config.
    pub config: Arc<Sip>,
    /// Who the account is.
    pub address: SipUri,
}

impl Provider {
    /// Of an account's row.
    ///
    /// Errors: the identifier is no SIP address, and nothing completes it; one sentence.
    pub fn read(record: &AccountRecord) -> Result<Provider, &'static str> {
        const EXPECTED: &str = "identifier: sip:user@domain, or a user where the network names a domain, expected";
        let config = Sip::from(&record.config);
        let address = address(&record.identifier, &config).ok_or(EXPECTED)?;
        Ok(Provider {
            network: record.network.id,
            identifier: record.identifier.clone(),
            access_token: record.access_token.clone(),
            config: Arc::new(config),
            address,
        })
    }

    /// Who calls and is called, escapes undone.
    pub fn user(&self) -> String {
        self.address.user().unwrap_or_default().into_owned()
    }

    /// Completes what is dialled without a host.
    pub fn domain(&self) -> &Host {
        self.config.domain.as_ref().unwrap_or(&self.address.host)
    }

    /// To and From of what it sends.
    pub fn address_of_record(&self) -> NameAddr {
        NameAddr::new(self.address.clone()).with_display(self.config.display_name.as_deref())
    }

    /// Where it registers: the Request-URI, without a user (RFC 3261 section 10.2).
    pub fn registrar(&self) -> SipUri {
        let named = self.config.registrar.as_ref();
        let mut uri = match named {
            Some(named) => SipUri::new(None, named.host.clone(), named.port),
            None => SipUri::new(None, self.domain().clone(), None),
        };
        uri.secure = named.map_or(self.address.secure, |named| named.secure);
        if let Some(transport) = named.and_then(SipUri::transport) {
            uri.set_param("transport", Some(&transport));
        }
        uri
    }

    /// Where requests to the own network go first: the outbound proxy, else the registrar, else the domain.
    pub fn next_hop(&self) -> SipUri {
        self.config.proxy.clone().unwrap_or_else(|| self.registrar())
    }

    /// Whether the account is on TLS, and stays there.
    pub fn is_tls(&self) -> bool {
        let next = self.next_hop();
        let named = next.transport().map(|named| named == "tls");
        next.secure || named.unwrap_or(self.config.transport == Some(Protocol::Tls))
    }

    /// Where a request outside of dialogs to `uri` goes first. The proxy takes everything, the registrar what is its own;
    /// an account that knows neither goes to whom it calls.
    pub fn way_to(&self, uri: &Uri) -> Uri {
        match uri {
            Uri::Sip(uri) if self.config.proxy.is_none() && !self.is_own(&uri.host) => Uri::Sip(uri.clone()),
            Uri::Sip(_) | Uri::Tel(_) | Uri::Other(_) => Uri::Sip(self.next_hop()),
        }
    }

    /// Whether the registrar is asked for users of `host`.
    fn is_own(&self, host: &Host) -> bool {
        let registrar = self.config.registrar.as_ref().map(|uri| &uri.host);
        let has_registrar = self.config.register || registrar.is_some();
        has_registrar && (host == self.domain() || *host == self.address.host || registrar == Some(host))
    }

    /// Who answers challenges, and whose.
    pub fn credentials(&self) -> Credentials {
        Credentials {
            username: self.config.auth_user.clone().unwrap_or_else(|| self.user()),
            password: self.access_token.reveal().to_owned(),
            realm: self.config.realm.clone().map_or(Realm::OfNextHop, Realm::Only),
            next_hop: self.next_hop().host,
        }
    }

    /// How key presses go to the phone.
    pub fn dtmf(&self) -> DtmfMode {
        match self.config.dtmf {
            Dtmf::Auto => DtmfMode::Auto,
            Dtmf::Rfc4733 => DtmfMode::Rfc4733,
            Dtmf::Info => DtmfMode::Info,
        }
    }
}

/// `sip:user@domain`, `user@domain`, or a bare user of the network's domain.
fn address(identifier: &str, config: &Sip) -> Option<SipUri> {
    let identifier = identifier.trim();
    let read = |text: &str| match Uri::parse(text)? {
        Uri::Sip(uri) => uri.raw_user().is_some().then_some(uri),
        Uri::Tel(_) | Uri::Other(_) => None,
    };
    if let Some(uri) = read(identifier) {
        let mut own = SipUri::new(uri.user().as_deref(), uri.host.clone(), uri.port);
        own.secure = uri.secure;
        return Some(own);
    }
    if identifier.is_empty() || identifier.contains([':', '/', ' ']) {
        return None;
    }
    if identifier.contains('@') {
        return read(&format!("sip:{identifier}"));
    }
    let host = |uri: &SipUri| uri.host.clone();
    let named = config.registrar.as_ref().or(config.proxy.as_ref()).map(host);
    Some(SipUri::new(Some(identifier), config.domain.clone().or(named)?, None))
}

#[cfg(test)]
pub mod tests {
    use serde_json::{Value, json};
    use signal::{AccountId, Connector};

    use super::*;
    use crate::directory::NetworkRecord;

    pub fn provider(identifier: &str, config: Value) -> Option<Provider> {
        let network = NetworkRecord {
            id: Uuid::nil(),
            tag: "sip".into(),
            connector: Connector::Sip,
            capabilities: Vec::new(),
            allowed_targets: Vec::new(),
        };
        let config = config.as_object().unwrap().clone();
        let (id, identifier) = (AccountId(Uuid::nil()), identifier.to_owned());
        Provider::read(&AccountRecord { id, network, identifier, access_token: Secret::new("x"), config }).ok()
    }

    #[test]
    fn identifiers_are_completed() {
        let read = |identifier, config| provider(identifier, config).map(|own| own.address.to_string());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read("sip:a@b.example:5070;x=y", json!({})), some("sip:a@b.example:5070"));
        assert_eq!(read("a@b.example", json!({})), some("sip:a@b.example"));
        assert_eq!(read("a", json!({ "domain": "b.example" })), some("sip:a@b.example"));
        assert_eq!(read("a", json!({ "registrar": "sip:192.0.2.1:5070" })), some("sip:a@192.0.2.1"));
        for bad in ["", "a", "sip:b.example", "xmpp:a@b.example", "tel:+491"] {
            assert_eq!(read(bad, json!({})), None, "{bad}");
        }
    }

    #[test]
    fn requests_go_to_the_proxy_else_to_the_registrar_else_to_whom_they_are_for() {
        let way = |config: Value, uri: &str| {
            provider("sip:a@b.example", config).unwrap().way_to(&Uri::parse(uri).unwrap()).to_string()
        };
        let proxy = json!({ "proxy": "sip:p.example;transport=tls", "registrar": "sip:r.example" });
        assert_eq!(way(proxy, "sip:c@d.example"), "sip:p.example;transport=tls");
        let registrar = json!({ "registrar": "sip:r.example:5070;transport=tcp" });
        assert_eq!(way(registrar.clone(), "sip:c@b.example"), "sip:r.example:5070;transport=tcp");
        assert_eq!(way(registrar.clone(), "sip:c@d.example"), "sip:c@d.example");
        assert_eq!(way(registrar, "tel:+491"), "sip:r.example:5070;transport=tcp");
        assert_eq!(way(json!({}), "sip:c@b.example"), "sip:b.example");
        assert_eq!(way(json!({ "register": false }), "sip:c@b.example:5070"), "sip:c@b.example:5070");
    }
}
