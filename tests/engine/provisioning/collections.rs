//! `{"items":[{"href"}],"total":n}`, whole objects on demand, pages.

use actix_web::test::TestRequest;
use serde_json::json;

use super::world::{BASE, Who, World};

super::on_both_databases!(items_are_hrefs_or_whole_objects, pages, hrefs_follow_a_trusted_proxy);

async fn items_are_hrefs_or_whole_objects(world: World) {
    let (_, who) = world.user("anna").await;
    world.app(&who).await;
    let links = world.get(&who, "/apps").await;
    let keys: Vec<&String> = links.body["items"][0].as_object().expect("an item").keys().collect();
    assert_eq!(keys, ["href"]);
    let whole = world.get(&who, "/apps?expand=true").await;
    assert_eq!(whole.text("/items/0/href"), links.text("/items/0/href"));
    assert_eq!((whole.text("/items/0/name"), &whole.body["total"]), ("App", &json!(1)));
    assert_eq!(world.get(&who, "/apps?expand=maybe").await.status, 422);
}

async fn pages(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    for _ in 0..5 {
        world.make(&who, "/sessions", json!({"app": app})).await;
    }
    let all = world.get(&who, "/sessions").await;
    let page = world.get(&who, "/sessions?offset=3&limit=1").await;
    assert_eq!((&page.body["total"], page.body["items"].as_array().map(Vec::len)), (&json!(5), Some(1)));
    assert_eq!(page.text("/items/0/href"), all.text("/items/3/href"));
    assert_eq!(world.get(&who, "/sessions?offset=9").await.body["items"], json!([]));
    for query in ["limit=0", "limit=1001", "limit=-1", "offset=x", "offset=18446744073709551615"] {
        assert_eq!(world.get(&who, &format!("/sessions?{query}")).await.status, 422, "{query}");
    }
}

async fn hrefs_follow_a_trusted_proxy(world: World) {
    let from = |peer: &str| {
        let request = TestRequest::with_uri(&format!("{BASE}/users")).peer_addr(peer.parse().expect("peer"));
        let request = request.insert_header(("Authorization", Who::admin().0)).insert_header(("Host", "rtc.example"));
        request.insert_header(("X-Forwarded-Proto", "https")).insert_header(("X-Forwarded-Host", "calls.example"))
    };
    let href = world.send(from("10.0.0.1:1")).await;
    assert!(href.text("/items/0/href").starts_with("https://calls.example/rtcengine/api/users/id/"));
    let href = world.send(from("192.0.2.1:1")).await;
    assert!(href.text("/items/0/href").starts_with("http://rtc.example/rtcengine/api/users/id/"));
}
