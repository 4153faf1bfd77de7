//! `[admin]`: the administrator made at the first start.

use actors::directory::Secret;

use super::Invalid;
use super::source::Section;

/// `[admin]`; read when the database has no user yet, never again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// The user name for HTTP Basic.
    pub email: String,
    /// None: one is generated and printed once.
    pub password: Option<Secret>,
}

impl Default for Admin {
    fn default() -> Admin {
        Admin { email: "admin@localhost".into(), password: None }
    }
}

impl Admin {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Admin, Invalid> {
        let default = Admin::default();
        let admin =
            Admin { email: section.get("email", default.email)?, password: section.get("password", default.password)? };
        // HTTP Basic separates name and password by a colon (RFC 7617 section 2).
        if !admin.email.contains('@') || admin.email.contains(|c: char| c == ':' || c.is_control()) {
            return Err(section.invalid("email", "an e-mail address"));
        }
        section.finish()?;
        Ok(admin)
    }
}
