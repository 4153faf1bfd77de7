//! SIP: browsers and phones. The shells of `gateway::sip` and `sip::endpoint`.
