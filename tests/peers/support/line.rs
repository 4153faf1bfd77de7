//! A line to the engine that can be cut: a TCP relay. What flows over it is signalling
//! only; media has its own way.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// See the module.
pub struct Line {
    pub address: SocketAddr,
    whole: Arc<AtomicBool>,
    stalled: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    /// A line to `engine`.
    pub fn to(engine: SocketAddr) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let whole = Arc::new(AtomicBool::new(true));
        let open = Arc::<Mutex<Vec<TcpStream>>>::default();
        let stalled = Arc::new(AtomicBool::new(false));
        let (is_whole, is_stalled, streams) = (whole.clone(), stalled.clone(), open.clone());
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_whole.load(Ordering::SeqCst) {
                    relay(near, engine, &is_stalled, &streams).ok();
                }
            }
        });
        Line { address, whole, stalled, open }
    }

    /// Every connection breaks, and none is let through until [`Line::mend`].
    pub fn cut(&self) {
        self.whole.store(false, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// What is sent from now on vanishes, and nobody is told, until [`Line::mend`].
    pub fn stall(&self) {
        self.stalled.store(true, Ordering::SeqCst);
    }

    pub fn mend(&self) {
        self.stalled.store(false, Ordering::SeqCst);
        self.whole.store(true, Ordering::SeqCst);
    }
}

fn relay(
    near: TcpStream,
    engine: SocketAddr,
    stalled: &Arc<AtomicBool>,
    open: &Mutex<Vec<TcpStream>>,
) -> io::Result<()> {
    let far = TcpStream::connect(engine)?;
    open.lock().unwrap().extend([near.try_clone()?, far.try_clone()?]);
    for (mut from, mut to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        let stalled = stalled.clone();
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                if !stalled.load(Ordering::SeqCst) && to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            to.shutdown(Shutdown::Both).ok();
        });
    }
    Ok(())
}
