#ifndef CODEWHALE_CLIBSSH2_SHIM_H
#define CODEWHALE_CLIBSSH2_SHIM_H

#include <libssh2.h>

/* What Swift does not import: callbacks go through void pointers, and 1.11.1 has a second function for them. */

typedef ssize_t (*codewhale_libssh2_send)(libssh2_socket_t socket, const void *buffer, size_t length, int flags,
                                          void **abstract);
typedef ssize_t (*codewhale_libssh2_receive)(libssh2_socket_t socket, void *buffer, size_t length, int flags,
                                             void **abstract);

/* Has a session send and receive through these instead of a socket. */
static inline void codewhale_libssh2_set_streams(LIBSSH2_SESSION *session, codewhale_libssh2_send send,
                                                 codewhale_libssh2_receive receive) {
#if LIBSSH2_VERSION_NUM >= 0x010b01
    libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)send);
    libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)receive);
#else
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
#endif
}

#endif
