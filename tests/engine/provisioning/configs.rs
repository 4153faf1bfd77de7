//! `config` goes back in the form it came; what calls can do follows it.

use serde_json::json;

use super::world::World;

super::on_both_databases!(what_came_in_comes_back, capabilities_follow_the_config);

async fn what_came_in_comes_back(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let text = "{ \"registrar\" : \"sip:reg.example\",\n  \"unknown\": [1, null] }";
    let configs = [json!({"registrar": "sip:reg.example", "deep": {"er": [1, {"x": null}]}}), json!(text), json!("")];
    let session = world.make(&who, "/sessions", json!({"app": app})).await.id();
    for (i, config) in configs.iter().enumerate() {
        let tag = format!("sip{i}");
        let network = json!({"tag": tag, "connector": "sip-connector", "config": config});
        let network = world.make(&who, "/networks", network).await;
        assert_eq!(&network.body["config"], config);
        let read = world.get(&who, &format!("/networks/id/{}", network.id())).await;
        assert_eq!(&read.body["config"], config);
        let account = json!({"session": session, "network": tag, "identifier": "anna", "config": config});
        assert_eq!(&world.make(&who, "/accounts", account).await.body["config"], config);
    }
    let plain = world.make(&who, "/networks", json!({"tag": "plain", "connector": "webrtc"})).await;
    let path = format!("/networks/id/{}", plain.id());
    assert_eq!(plain.body["config"], json!({}));
    assert_eq!(
        world.patch(&who, &path, json!({"config": "{\"relay\":true}"})).await.body["config"],
        "{\"relay\":true}"
    );
    assert_eq!(
        world.patch(&who, &path, json!({"config": {"relay": 0}})).await.error(),
        (422, "invalidField", "config.relay")
    );
    assert_eq!(world.patch(&who, &path, json!({"tag": "x"})).await.body["config"], "{\"relay\":true}");
    let conference = world.patch(&who, &path, json!({"connector": "conference"})).await;
    assert_eq!(conference.text("/connector"), "conference");
}

async fn capabilities_follow_the_config(world: World) {
    let (_, who) = world.user("anna").await;
    let network = json!({"tag": "t", "connector": "webrtc", "capabilities": ["audio"], "allowedTargets": ["echo"]});
    let network = world.make(&who, "/networks", network).await;
    assert_eq!((&network.body["capabilities"], &network.body["allowedTargets"]), (&json!(["audio"]), &json!(["echo"])));
    let path = format!("/networks/id/{}", network.id());
    let config = json!({"config": {"capabilities": ["video"]}});
    assert_eq!(world.patch(&who, &path, config).await.body["capabilities"], json!(["video"]));
    let unset = world.patch(&who, &path, json!({"config": {}, "capabilities": null})).await;
    assert_eq!(unset.body["capabilities"], json!(["audio", "video", "dtmf", "screen"]));
}
