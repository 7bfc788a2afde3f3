// Package datagram reads and writes a UDP socket without ever waiting for it: who
// is awake anyway, as a media loop is every 20 ms, takes all that has come in one
// system call. Go's own sockets wake a thread for each packet, even where nobody
// waits for one; these wake nobody, and each packet tells when the kernel got it, so
// that nothing is lost by looking later. It knows no packet's meaning, starts no
// goroutine, and is for Linux.
package datagram

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket is a UDP socket outside Go's poller. Any goroutine may call its methods.
type Socket struct {
	mu sync.RWMutex // read-held during a system call: a closed number is soon another file's
	fd int          // -1 when closed
	v6 bool         // its addresses are those of IPv6
}

// Take returns a Socket with the address and the waiting packets of conn, which
// stays the caller's to close: until then Go's poller is woken as before. Deadlines
// of conn have no effect on it.
func Take(conn *net.UDPConn) (*Socket, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("take a socket over: %w", err)
	}
	s := &Socket{fd: -1}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = s.duplicate(int(fd)) }); err != nil {
		return nil, fmt.Errorf("take a socket over: %w", err)
	}
	if failed != nil {
		_ = s.Close()
		return nil, fmt.Errorf("take a socket over: %w", failed)
	}
	return s, nil
}

// duplicate opens fd's socket once more.
func (s *Socket) duplicate(fd int) (err error) {
	if s.fd, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0); err != nil {
		s.fd = -1
		return err
	}
	family, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	s.v6 = family == unix.AF_INET6
	// Without the kernel's times packets count as come when they are read.
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	return err
}

// Close closes the socket. It may be called more than once.
func (s *Socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return nil
	}
	err := unix.Close(s.fd)
	s.fd = -1
	return err
}

// Write sends one packet. A full send buffer is an error, and the packet lost.
func (s *Socket) Write(packet []byte, to netip.AddrPort) error {
	if len(packet) == 0 {
		return nil
	}
	var at unix.RawSockaddrInet6 // the longer of the two
	length := s.address(&at, to)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 {
		return net.ErrClosed
	}
	_, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(packet))), uintptr(len(packet)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, //nolint:gosec // laid out as the kernel has it
		uintptr(unsafe.Pointer(&at)), length) //nolint:gosec // laid out as the kernel has it
	if errno != 0 {
		return errno
	}
	return nil
}

// address writes an address as this socket's family has it, and returns its length.
func (s *Socket) address(at *unix.RawSockaddrInet6, to netip.AddrPort) (length uintptr) {
	port := to.Port()<<8 | to.Port()>>8
	if s.v6 {
		at.Family, at.Port, at.Addr = unix.AF_INET6, port, to.Addr().As16()
		return unix.SizeofSockaddrInet6
	}
	if !to.Addr().Unmap().Is4() {
		return 0 // the kernel refuses it
	}
	four := (*unix.RawSockaddrInet4)(unsafe.Pointer(at)) //nolint:gosec // laid out as the kernel has it
	four.Family, four.Port, four.Addr = unix.AF_INET, port, to.Addr().Unmap().As4()
	return unix.SizeofSockaddrInet4
}
