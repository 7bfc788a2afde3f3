package rtp

import "syscall"

// maxDrain is how many datagrams are thrown away at a time: more than a socket
// holds.
const maxDrain = 4096

// drain throws away what has come while nobody reads: the tones of a call that
// is ringing are no answer to the first words.
func (e *Endpoint) drain() {
	raw, err := e.media.SyscallConn()
	if err != nil {
		return
	}
	var b [1]byte
	_ = raw.Control(func(fd uintptr) {
		for range maxDrain {
			if _, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_DONTWAIT); err != nil {
				return
			}
			e.counts.early.Add(1)
		}
	})
}
