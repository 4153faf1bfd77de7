//! Stories told message by message.
