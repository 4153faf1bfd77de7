//! SIPp, with scenarios written as the messages of one call, a line each:
//!
//! ```text
//! < INVITE | Contact: sip:        must come, its header must hold the pattern
//! <? 180                          may come
//! > 200 sdp                       answers what came last; `invite`: the INVITE, `tag:b`: as another fork
//! > INVITE sdp:at:4000            with media at that port
//! > BYE                           a request inside the dialog
//! pause 1500                      nothing may come
//! ```
//! Lines are expanded into SIPp's XML. `> ACK` confirms a 2xx, `> ACK failed` another final response.

use std::fmt::Write;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use super::ports::free_block;
use super::process::{BEAT, Folder, Process};

/// Longest life of a scenario: what waits for 64*T1 included.
const PATIENCE: Duration = Duration::from_secs(50);

/// Who begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// SIPp is called, or registered at.
    Answers,
    /// SIPp calls.
    Calls,
}

/// A running SIPp.
pub struct Scenario {
    process: Process,
    port: u16,
    xml: String,
    folder: Folder,
}

impl Scenario {
    /// Plays `script` towards `engine`, to its user `user` where SIPp begins.
    pub fn start(side: Side, script: &str, engine: SocketAddr, user: &str) -> Scenario {
        let (folder, port, xml) = (Folder::new("sipp"), free_block(), Writer::new(side).scenario(script));
        let path = folder.write("scenario.xml", &xml);
        let mut command = Command::new("sipp");
        command.arg(engine.to_string()).arg("-sf").arg(path).current_dir(&folder.0);
        command.args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-t", "u1", "-m", "1", "-nostdin", "-s", user]);
        command.args([
            "-trace_err",
            "-trace_msg",
            "-timeout_error",
            "-timeout",
            &format!("{}s", PATIENCE.as_secs() - 5),
        ]);
        command.args(["-message_file", "messages.log", "-error_file", "errors.log"]);
        command.args(["-p", &port.to_string(), "-mp", &(port + 4).to_string()]);
        let mut scenario = Scenario { process: Process::start("sipp", &command), port, xml, folder };
        scenario.listens();
        scenario
    }

    /// Where it is, `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Waits until its port is open or it has ended.
    fn listens(&mut self) {
        let wanted = format!(":{:04X} ", self.port);
        let open = || std::fs::read_to_string("/proc/net/udp").is_ok_and(|table| table.contains(&wanted));
        while self.process.ended().is_none() && !open() {
            std::thread::park_timeout(BEAT);
        }
    }

    /// Waits for its end.
    ///
    /// Errors: it saw something else than its script, with its messages.
    pub fn result(mut self) -> Result<(), String> {
        match self.process.end_within(PATIENCE) {
            Some(status) if status.success() => Ok(()),
            status => {
                self.process.stop();
                let read = |name| std::fs::read_to_string(self.folder.0.join(name)).unwrap_or_default();
                let said = if read("errors.log").is_empty() { self.process.said() } else { String::new() };
                Err(format!("sipp {status:?}\n{}{}{said}\n{}", read("errors.log"), read("messages.log"), self.xml))
            }
        }
    }
}

/// Expands a script.
struct Writer {
    side: Side,
    cseq: u32,
    invite: u32,
    out: String,
    /// The last request that came, and how many INVITEs came before.
    last: String,
    invites: u32,
}

const OPEN: &str = "m=audio [media_port] RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\n";

impl Writer {
    fn new(side: Side) -> Writer {
        Writer { side, cseq: 0, invite: 0, out: String::new(), last: String::new(), invites: 0 }
    }

    fn scenario(mut self, script: &str) -> String {
        self.out.push_str("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"story\">\n");
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (way, step) = line.split_once(' ').expect("a step is `< word`, `> word` or `pause ms`");
            match way {
                "<" => self.receive(step, false),
                "<?" => self.receive(step, true),
                ">" => self.send(step),
                _ => writeln!(self.out, "<pause milliseconds=\"{step}\"/>").expect("a string"),
            }
        }
        // SIPp refuses a variable that is set and never read, and one that is read and never set.
        let set = |name: &&str| self.out.contains(&format!("assign_to=\"{name}\""));
        let variables: Vec<_> =
            ["via", "cseq", "from", "to", "remote", "checked", "rseq"].into_iter().filter(set).collect();
        if !variables.is_empty() {
            writeln!(self.out, "<Reference variables=\"{}\"/>", variables.join(",")).expect("a string");
        }
        self.out.push_str("</scenario>\n");
        self.out
    }

    fn receive(&mut self, step: &str, optional: bool) {
        let mut parts = step.split(" | ");
        let what = parts.next().unwrap_or_default().trim();
        let kind = if what.starts_with(char::is_numeric) { "response" } else { "request" };
        let optional = if optional { " optional=\"true\"" } else { "" };
        let mut actions = String::new();
        let mut save = |header: &str, expression: &str, variable: &str| {
            writeln!(
                actions,
                "<ereg regexp=\"{expression}\" search_in=\"hdr\" header=\"{header}:\" assign_to=\"{variable}\"/>"
            )
            .expect("a string");
        };
        if what == "INVITE" {
            for (header, variable) in [("Via", "via"), ("CSeq", "cseq"), ("From", "from"), ("To", "to")] {
                save(header, ".*", variable);
            }
        }
        if what == "INVITE" || (matches!(what, "180" | "200") && self.side == Side::Calls) {
            save("Contact", "sip:[^&gt;]*", "remote");
        }
        for part in parts {
            let (header, pattern) = part.split_once(": ").expect("`Header: pattern`");
            let pattern = pattern.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            let place = if header == "body" {
                "search_in=\"body\"".to_owned()
            } else {
                format!("search_in=\"hdr\" header=\"{header}:\"")
            };
            // What a later step gives back as `[$rseq]`.
            let variable = if header == "RSeq" { "rseq" } else { "checked" };
            writeln!(actions, "<ereg regexp=\"{pattern}\" {place} check_it=\"true\" assign_to=\"{variable}\"/>")
                .expect("a string");
        }
        writeln!(self.out, "<recv {kind}=\"{what}\"{optional}><action>\n{actions}</action></recv>").expect("a string");
        if kind == "request" && what != "ACK" {
            what.clone_into(&mut self.last);
            self.invites += u32::from(what == "INVITE");
        }
    }

    fn send(&mut self, step: &str) {
        let mut parts = step.split(" | ");
        let words: Vec<&str> = parts.next().unwrap_or_default().split_whitespace().collect();
        let (what, flags) = words.split_first().expect("what to send");
        let head =
            if what.starts_with(char::is_numeric) { self.response(what, flags) } else { self.request(what, flags) };
        let mut message = head;
        for header in parts {
            message.push_str(header);
            message.push('\n');
        }
        if !flags.contains(&"contactless") && !flags.contains(&"contact") {
            message.push_str("Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>\n");
        }
        match body(flags, self.cseq + self.invites) {
            Some(body) => write!(message, "Content-Type: application/sdp\nContent-Length: [len]\n\n{body}"),
            None if parts_have_body(step) => Ok(()),
            None => write!(message, "Content-Length: 0\n\n"),
        }
        .expect("a string");
        // RFC 3261: requests but ACK, and the final responses of an INVITE.
        let final_of_invite =
            matches!(what.as_bytes(), [b'2'..=b'6', ..]) && (self.last == "INVITE" || flags.contains(&"invite"));
        let request = what.starts_with(char::is_alphabetic) && *what != "ACK";
        let reliable = (request || final_of_invite) && !flags.contains(&"once");
        let retransmits = if reliable { " retrans=\"500\"" } else { "" };
        writeln!(self.out, "<send{retransmits}><![CDATA[\n{message}\n]]></send>").expect("a string");
    }

    fn response(&self, code: &str, flags: &[&str]) -> String {
        let fork = flags.iter().find_map(|flag| flag.strip_prefix("tag:")).unwrap_or("a");
        let tag = format!(";tag={fork}[pid]x[call_number]");
        if flags.contains(&"invite") {
            let tag = if self.invites > 1 || self.side == Side::Calls { "" } else { &tag };
            return format!(
                "SIP/2.0 {code} Story\nVia:[$via]\nFrom:[$from]\nTo:[$to]{tag}\n[last_Call-ID:]\nCSeq:[$cseq]\n"
            );
        }
        let initial = self.last == "INVITE" && self.invites == 1 && self.side == Side::Answers;
        let outside = matches!(self.last.as_str(), "REGISTER" | "OPTIONS" | "CANCEL");
        let tag = if initial || outside || flags.contains(&"fresh") { &*tag } else { "" };
        let contact = if flags.contains(&"contact") { "[last_Contact:]\n" } else { "" };
        format!(
            "SIP/2.0 {code} Story\n[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n[last_CSeq:]\n{contact}"
        )
    }

    fn request(&mut self, method: &str, flags: &[&str]) -> String {
        let again = flags.contains(&"again");
        let of_invite = matches!(method, "ACK" | "CANCEL");
        if !of_invite && !again {
            self.cseq += 1;
        }
        if method == "INVITE" {
            self.invite = self.cseq;
        }
        let forced = flags.iter().find_map(|flag| flag.strip_prefix("cseq:"));
        let cseq = if of_invite { self.invite } else { self.cseq };
        let number = forced.map_or(cseq.to_string(), str::to_owned);
        let failed = flags.contains(&"failed") || method == "CANCEL";
        let own = if method == "ACK" && !failed { "ack" } else { "" };
        let begins = self.side == Side::Calls
            && (failed || (method == "INVITE" && self.invite == 1) || flags.contains(&"fresh"));
        let uri = if begins { "sip:[service]@[remote_ip]:[remote_port]" } else { "[$remote]" };
        let (from, to) = match self.side {
            // The To of a later INVITE has the tag already.
            Side::Answers if self.invites > 1 => ("From:[$to]", "To:[$from]".to_owned()),
            Side::Answers => ("From:[$to];tag=a[pid]x[call_number]", "To:[$from]".to_owned()),
            Side::Calls => {
                let tag = if begins && method != "ACK" { "" } else { "[peer_tag_param]" };
                ("From: <sip:sipp@127.0.0.1>;tag=c[pid]x[call_number]", format!("To: <sip:[service]@127.0.0.1>{tag}"))
            }
        };
        format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK[pid]x[call_number]y{cseq}{own}\n\
             Max-Forwards: 70\n{from}\n{to}\nCall-ID: [call_id]\nCSeq: {number} {method}\n"
        )
    }
}

/// Whether the script gives a body by itself.
fn parts_have_body(step: &str) -> bool {
    step.contains("| Content-Type:")
}

fn body(flags: &[&str], version: u32) -> Option<String> {
    let flag = *flags.iter().find(|flag| flag.starts_with("sdp"))?;
    let (port, flag) = match flag.strip_prefix("sdp:at:") {
        Some(port) => (port, "sdp"),
        None => ("[media_port]", flag),
    };
    let media = match flag {
        "sdp" => OPEN.to_owned(),
        "sdp:hold" => format!("{OPEN}a=sendonly\n"),
        "sdp:held" => format!("{OPEN}a=recvonly\n"),
        "sdp:inactive" => format!("{OPEN}a=inactive\n"),
        "sdp:t38" => "m=image [media_port] udptl t38\na=T38FaxVersion:0\n".to_owned(),
        "sdp:unknown" => "m=audio [media_port] RTP/AVP 99\na=rtpmap:99 NOTHING/8000\n".to_owned(),
        "sdp:savp" => "m=audio [media_port] RTP/SAVP 8\na=rtpmap:8 PCMA/8000\n".to_owned(),
        "sdp:hostile" => "m=audio 99999999999 RTP/AVP\na=rtpmap:\nm=\n".to_owned(),
        "sdp:disabled" => "m=audio 0 RTP/AVP 8\n".to_owned(),
        other => panic!("no description `{other}`"),
    };
    let head = format!("v=0\no=sipp 1 {version} IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\n");
    Some(head + &media.replace("[media_port]", port))
}
