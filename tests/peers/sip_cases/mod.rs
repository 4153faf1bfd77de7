//! What phones and trunks do, a row a case: SIPp on one side, a page without a browser on the other, an engine between.

mod calls_in;
mod calls_out;
mod registration;
mod table;
