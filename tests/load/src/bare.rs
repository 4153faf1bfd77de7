//! The yardstick: a WebSocket echo on the engine's own stack and a UDP echo, and nothing else.

use actix::{Actor, ActorContext, StreamHandler};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws;
use tokio::net::UdpSocket;

/// Serves on any free port of loopback and says which, in the engine's words.
pub fn serve() -> std::io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/rtc/api", web::get().to(upgrade)))
            .workers(1)
            .max_connections(100_000)
            .backlog(4096)
            .bind(("127.0.0.1", 0))?;
        for address in server.addrs() {
            let udp = UdpSocket::bind(address).await?;
            // Ends with the process.
            drop(actix_web::rt::spawn(echo(udp)));
            eprintln!("listening url=http://{address}");
        }
        server.run().await
    })
}

/// An error of a socket is that of an earlier datagram.
async fn echo(udp: UdpSocket) {
    let mut buffer = [0; 2048];
    loop {
        let Ok((length, source)) = udp.recv_from(&mut buffer).await else { continue };
        drop(udp.send_to(buffer.get(..length).unwrap_or_default(), source).await);
    }
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
