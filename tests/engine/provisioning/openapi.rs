//! The OpenAPI document says what is there.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;

use super::world::{BASE, Who, World};

#[actix_web::test]
async fn every_path_of_the_document_answers_and_needs_a_log_in() {
    let world = World::sqlite().await;
    let document = world.send(TestRequest::with_uri(&format!("{BASE}/openapi.json"))).await;
    assert!(document.text("/openapi").starts_with("3.1"));
    let paths = document.body["paths"].as_object().expect("paths");
    assert!(paths.len() >= 19, "{}", paths.len());
    for (path, verbs) in paths {
        let real = path.replace("{id}", "00000000-0000-4000-8000-000000000000").replace("{gcid}", "x");
        for (verb, operation) in verbs.as_object().expect("verbs") {
            let method: Method = verb.to_uppercase().parse().expect("a method");
            let unknown = world.call(&Who(String::new()), method.clone(), &real, None).await;
            assert_eq!(unknown.status, 401, "{verb} {path}");
            let known = world.call(&Who::admin(), method, &real, Some(Value::Object(Default::default()))).await;
            assert!(![401, 405, 500].contains(&known.status), "{verb} {path} {known:?}");
            assert_eq!(
                operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"],
                "#/components/schemas/ApiError"
            );
        }
    }
}
