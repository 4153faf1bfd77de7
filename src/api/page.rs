//! Collections: `{"items":[{"href"}],"total":n}`, whole objects with `?expand=true`.

use actix_web::web;
use sea_orm::{EntityTrait, PaginatorTrait, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::link::Link;
use super::state::Api;

/// Most items in one answer, and how many there are where the client does not say:
/// clients of the original do not page.
const ITEMS: u64 = 1000;

/// How a client wants a collection.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Whole objects instead of hrefs.
    #[serde(default)]
    pub expand: bool,
    /// Items to leave out at the beginning.
    #[serde(default)]
    pub offset: u64,
    /// Most items, 1 to 1000.
    pub limit: Option<u64>,
}

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
pub struct Collection<T> {
    /// Hrefs or whole objects.
    pub items: Vec<Item<T>>,
    /// How many there are in all.
    pub total: u64,
}

/// One of a collection.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Item<T> {
    /// Where it is.
    Link(Link),
    /// What it is.
    Whole(Box<T>),
}

/// An object as the API shows it.
pub(super) trait View {
    /// Where it is.
    fn link(&self) -> Link;
}

impl Page {
    /// The page of `rows`, each shown by `view`.
    pub(super) async fn of<E, V>(
        &self,
        api: &Api,
        rows: Select<E>,
        view: impl Fn(E::Model) -> Result<V, ApiError>,
    ) -> Result<web::Json<Collection<V>>, ApiError>
    where
        E: EntityTrait,
        E::Model: Send + Sync,
        V: View,
    {
        let limit = self.limit.unwrap_or(ITEMS);
        if !(1..=ITEMS).contains(&limit) {
            return Err(ApiError::invalid("limit", format!("1 to {ITEMS} expected")));
        }
        if self.offset > u64::from(u32::MAX) {
            return Err(ApiError::invalid("offset", "a smaller number expected"));
        }
        let total = rows.clone().count(api.db()).await?;
        let rows = rows.offset(self.offset).limit(limit).all(api.db()).await?;
        let items = rows.into_iter().map(|row| {
            let whole = view(row)?;
            Ok(if self.expand { Item::Whole(Box::new(whole)) } else { Item::Link(whole.link()) })
        });
        Ok(web::Json(Collection { items: items.collect::<Result<_, ApiError>>()?, total }))
    }
}
