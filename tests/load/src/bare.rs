//! The yardstick: a WebSocket echo on the engine's own stack, and nothing else.

use actix::{Actor, ActorContext, StreamHandler};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws;

/// Serves on any free port of loopback and says which, in the engine's words.
pub fn serve() -> std::io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/rtc/api", web::get().to(upgrade)))
            .workers(1)
            .max_connections(100_000)
            .backlog(4096)
            .bind(("127.0.0.1", 0))?;
        for address in server.addrs() {
            eprintln!("listening url=http://{address}");
        }
        server.run().await
    })
}

async fn upgrade(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Error> {
    ws::start(Echo, &request, payload)
}

struct Echo;

impl Actor for Echo {
    type Context = ws::WebsocketContext<Echo>;
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for Echo {
    fn handle(&mut self, message: Result<ws::Message, ws::ProtocolError>, ctx: &mut Self::Context) {
        match message {
            Ok(ws::Message::Text(text)) => ctx.text(text),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Close(_)) | Err(_) => ctx.stop(),
            Ok(ws::Message::Binary(_) | ws::Message::Continuation(_) | ws::Message::Pong(_) | ws::Message::Nop) => {}
        }
    }
}
