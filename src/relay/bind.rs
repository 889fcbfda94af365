//! Binding the workers' sockets, and which addresses clients are told.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
};

use nix::sys::socket::{getsockopt, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::{RelayError, worker::Sockets};

/// Binds each worker's UDP and TCP sockets on all addresses, and gives the ports.
pub fn bind(listen: &[IpAddr], base_port: u16, workers: u16) -> Result<(Vec<Sockets>, Vec<u16>), RelayError> {
    if listen.is_empty() || workers == 0 {
        return Err(RelayError::Nothing);
    }
    if base_port != 0 && base_port.checked_add(workers - 1).is_none() {
        return Err(RelayError::Ports { base_port, workers });
    }
    let mut bound = (Vec::new(), Vec::new());
    for worker in 0..workers {
        let (sockets, port) = match base_port {
            0 => bind_free(listen)?,
            base => (bind_all(listen, base + worker)?, base + worker),
        };
        bound.0.push(sockets);
        bound.1.push(port);
    }
    Ok(bound)
}

/// Finds a port that is free on all addresses for both protocols.
fn bind_free(listen: &[IpAddr]) -> Result<(Sockets, u16), RelayError> {
    let mut attempts = 0;
    loop {
        let first = udp(SocketAddr::new(listen[0], 0))?;
        let port = first.local_addr()?.port();
        drop(first);
        match bind_all(listen, port) {
            Ok(sockets) => return Ok((sockets, port)),
            Err(RelayError::Bind { source, .. })
                if source.kind() == io::ErrorKind::AddrInUse && attempts < MAX_ATTEMPTS =>
            {
                attempts += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn bind_all(listen: &[IpAddr], port: u16) -> Result<Sockets, RelayError> {
    let addresses = || listen.iter().map(|ip| SocketAddr::new(*ip, port));
    Ok(Sockets {
        udp: addresses().map(udp).collect::<Result<_, _>>()?,
        tcp: addresses().map(tcp).collect::<Result<_, _>>()?,
    })
}

fn udp(address: SocketAddr) -> Result<UdpSocket, RelayError> {
    let bound = socket(address, Type::DGRAM, Protocol::UDP).and_then(|socket| {
        // As much as the system allows; less only means that packets are lost in shorter stalls. The first asks for more than
        // net.core.rmem_max, which takes a capability that the product does not need otherwise.
        if setsockopt(&socket, sockopt::RcvBufForce, &SOCKET_BUFFER).is_err() {
            let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
        }
        let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
        setsockopt(&socket, sockopt::RxqOvfl, &1)?;
        socket.bind(&address.into())?;
        Ok(socket.into())
    });
    bound.map_err(|source| RelayError::Bind { protocol: "UDP", address, source })
}

fn tcp(address: SocketAddr) -> Result<TcpListener, RelayError> {
    let bound = socket(address, Type::STREAM, Protocol::TCP).and_then(|socket| {
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    });
    bound.map_err(|source| RelayError::Bind { protocol: "TCP", address, source })
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// What the smallest receive buffer of these sockets holds as a share of what was asked for: 200 ms of 1,000 calls. Less is what
/// `net.core.rmem_max` allows a program without CAP_NET_ADMIN.
pub fn room(sockets: &[Sockets]) -> f64 {
    let holds = |socket: &UdpSocket| getsockopt(socket, sockopt::RcvBuf).unwrap_or_default();
    let smallest = sockets.iter().flat_map(|sockets| &sockets.udp).map(holds).min().unwrap_or_default();
    // The kernel gives twice what it is asked for, and says so (socket(7)).
    smallest as f64 / (2 * SOCKET_BUFFER) as f64
}

/// What clients are told: `advertise` if there is any, else where the relay listens, else every address of this machine.
pub fn advertised(listen: &[IpAddr], advertise: &[IpAddr]) -> io::Result<Vec<IpAddr>> {
    if !advertise.is_empty() {
        return Ok(advertise.to_vec());
    }
    let mut addresses = Vec::new();
    for ip in listen {
        if ip.is_unspecified() {
            addresses.extend(interfaces()?.into_iter().filter(|found| found.is_ipv4() == ip.is_ipv4()));
        } else {
            addresses.push(*ip);
        }
    }
    // A machine without a network still serves itself.
    if addresses.iter().any(|ip| !ip.is_loopback()) && listen.iter().any(IpAddr::is_unspecified) {
        addresses.retain(|ip| !ip.is_loopback());
    }
    Ok(addresses)
}

fn interfaces() -> io::Result<Vec<IpAddr>> {
    let is_link_local = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let mut found: Vec<IpAddr> = nix::ifaddrs::getifaddrs()?
        .filter_map(|interface| {
            let address = interface.address?;
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
        })
        .filter(|ip| !is_link_local(ip))
        .collect();
    found.sort_by_key(IpAddr::is_loopback);
    found.dedup();
    Ok(found)
}

const MAX_ATTEMPTS: u32 = 20;
const BACKLOG: i32 = 512;
/// 200 ms of 1,000 calls: 20,000 packets, each of which the system counts as about 800 bytes.
const SOCKET_BUFFER: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_receive_buffer_says_how_much_room_there_is() {
        let (mut sockets, _) = bind(&[IpAddr::from([127, 0, 0, 1])], 0, 2).unwrap();
        let before = room(&sockets);
        assert!(before > 0.0 && before <= 1.0, "{before}");
        setsockopt(&sockets[1].udp[0], sockopt::RcvBuf, &(SOCKET_BUFFER / 256)).unwrap();
        assert!((room(&sockets) - 1.0 / 256.0).abs() < 1e-6, "{}", room(&sockets));
        sockets.clear();
        assert!(room(&sockets) < f64::EPSILON);
    }
}
