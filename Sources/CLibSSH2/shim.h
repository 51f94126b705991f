#ifndef CODEWHALE_CLIBSSH2_SHIM_H
#define CODEWHALE_CLIBSSH2_SHIM_H

#include <libssh2.h>

#ifdef __APPLE__
#include <malloc/malloc.h>
#else
#include <malloc.h>
#endif

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

typedef void (*codewhale_libssh2_farewell)(LIBSSH2_SESSION *session, int reason, const char *message,
                                           int message_length, const char *language, int language_length,
                                           void **abstract);

/* Has a session tell of the message by which the host takes its leave. */
static inline void codewhale_libssh2_set_farewell(LIBSSH2_SESSION *session, codewhale_libssh2_farewell farewell) {
#if LIBSSH2_VERSION_NUM >= 0x010b01
    libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_DISCONNECT, (libssh2_cb_generic *)farewell);
#else
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)farewell);
#endif
}

/* How many bytes may be read of a block of memory that malloc gave. */
static inline size_t codewhale_block_size(void *block) {
#ifdef __APPLE__
    return malloc_size(block);
#else
    return malloc_usable_size(block);
#endif
}

#endif
