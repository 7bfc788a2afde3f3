package datagram

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// Limit is how many bytes a packet may have; a longer one is cut to it.
	Limit = 4096

	messages = 16 // packets of one system call: 320 ms of one call, 1 ms of a thousand
	stampAt  = unix.SizeofCmsghdr
	control  = stampAt + 16 // bytes: one SCM_TIMESTAMPNS
)

// message is the kernel's struct mmsghdr.
type message struct {
	header unix.Msghdr
	length uint32
	_      uint32
}

// A Batch is room for the packets of one Read. Get one with [NewBatch], and give it
// back with Free.
type Batch struct {
	read, next int
	at         time.Time // of the Read

	messages [messages]message
	vectors  [messages]unix.Iovec
	sources  [messages]unix.RawSockaddrInet6
	controls [messages][control]byte
	data     [messages][Limit]byte
}

var batches = sync.Pool{New: newBatch} //nolint:gochecknoglobals // free memory is the process's

func newBatch() any {
	b := new(Batch)
	for i := range b.messages {
		b.vectors[i] = unix.Iovec{Base: &b.data[i][0], Len: Limit}
		b.messages[i].header = unix.Msghdr{
			Name: (*byte)(unsafe.Pointer(&b.sources[i])), Iov: &b.vectors[i], Iovlen: 1, Control: &b.controls[i][0], //nolint:gosec // laid out as the kernel has it
		}
	}
	b.read = messages
	b.ready()
	return b
}

// ready makes room again where the last Read has used some.
func (b *Batch) ready() {
	for i := range b.read {
		h := &b.messages[i].header
		h.Namelen, h.Controllen = unix.SizeofSockaddrInet6, control
	}
	b.read, b.next = 0, 0
}

// NewBatch returns an empty batch, which takes no memory of its own for longer than
// it is used.
func NewBatch() *Batch {
	b, _ := batches.Get().(*Batch)
	return b
}

// Free gives the batch and the packets in it back.
func (b *Batch) Free() {
	b.ready()
	batches.Put(b)
}

// Read takes the packets that have come, as many as b has room for, in the place of
// those that b held. None is no error; [net.ErrClosed] is the error of a closed
// socket. What the network has told of earlier packets is passed over.
func (s *Socket) Read(b *Batch) error {
	b.ready()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 {
		return net.ErrClosed
	}
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd),
		uintptr(unsafe.Pointer(&b.messages)), messages, unix.MSG_DONTWAIT, 0, 0) //nolint:gosec // laid out as the kernel has it
	if errno == 0 {
		b.read, b.at = int(n), time.Now()
	}
	return nil
}

// Full reports whether more may be waiting than the last Read had room for.
func (b *Batch) Full() bool { return b.read == messages }

// Next returns the batch's next packet, valid until the next Read or Free, where it
// came from, and for how long it has waited to be read. ok is false after the last.
func (b *Batch) Next() (packet []byte, from netip.AddrPort, age time.Duration, ok bool) {
	if b.next == b.read {
		return nil, netip.AddrPort{}, 0, false
	}
	i := b.next
	b.next++
	return b.data[i][:b.messages[i].length], b.source(i), b.age(i), true
}

func (b *Batch) source(i int) netip.AddrPort {
	at := &b.sources[i]
	port := at.Port<<8 | at.Port>>8
	if at.Family == unix.AF_INET6 {
		return netip.AddrPortFrom(netip.AddrFrom16(at.Addr).Unmap(), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(at)).Addr), port) //nolint:gosec // laid out as the kernel has it
}

// age is how long ago the kernel got a packet; 0 when it does not say, as in the first
// milliseconds of a machine's first such socket, and when its clock was set meanwhile.
func (b *Batch) age(i int) time.Duration {
	const longest = time.Minute
	c := b.controls[i][:]
	header := (*unix.Cmsghdr)(unsafe.Pointer(&b.controls[i][0])) //nolint:gosec // laid out as the kernel has it
	if b.messages[i].header.Controllen < control || header.Level != unix.SOL_SOCKET || header.Type != unix.SO_TIMESTAMPNS {
		return 0
	}
	seconds := int64(binary.NativeEndian.Uint64(c[stampAt:]))
	nanoseconds := int64(binary.NativeEndian.Uint64(c[stampAt+8:]))
	age := b.at.Sub(time.Unix(seconds, nanoseconds))
	if age < 0 || age > longest {
		return 0
	}
	return age
}
