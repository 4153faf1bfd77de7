//! One row a message: variant and wire word. Everything that must know all
//! messages of a module is generated from the rows.

/// Implements reading, writing and addressing for an enum of messages whose
/// bodies have `id` and `gcid`.
macro_rules! messages {
    ($module:ident: $($variant:ident $body:ty, $method:literal)*) => {
        impl $module {
            /// The wire word.
            pub const fn method(&self) -> &'static str {
                match self { $($module::$variant(_) => $method,)* }
            }

            /// The leg the message is about.
            pub fn id(&self) -> $crate::CallId {
                match self { $($module::$variant(body) => body.id,)* }
            }

            /// The call end to end, where the sender named it.
            pub fn gcid(&self) -> Option<&$crate::Gcid> {
                match self { $($module::$variant(body) => body.gcid.as_ref(),)* }
            }

            /// The same message on another leg of the same call.
            #[must_use]
            pub fn on_leg(mut self, id: $crate::CallId, gcid: &$crate::Gcid) -> $module {
                match &mut self {
                    $($module::$variant(body) => {
                        body.id = id;
                        body.gcid = Some(gcid.clone());
                    })*
                }
                self
            }

            /// Reads and checks the body of `method`; `None` for a method of no such name.
            ///
            /// Errors: those of [`read_checked`](crate::read::read_checked).
            pub fn read(method: &str, body: &str) -> Option<Result<$module, $crate::Error>> {
                match method {
                    $($method => Some($crate::read::read_checked(body).map($module::$variant)),)*
                    _ => None,
                }
            }

            /// The JSON Schema of every body, by method.
            pub(crate) fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<$crate::schema::Row> {
                vec![$(($method, generator.subschema_for::<$body>()),)*]
            }
        }

        impl serde::Serialize for $module {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $($module::$variant(body) => body.serialize(serializer),)* }
            }
        }
    };
}

pub(crate) use messages;
