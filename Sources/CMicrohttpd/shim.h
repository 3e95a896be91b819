#include <microhttpd.h>

/* MHD_start_daemon takes its options as variable arguments, which Swift cannot call. */
static inline struct MHD_Daemon *earshot_mhd_start(
    int listening_socket, MHD_AccessHandlerCallback handler, void *context,
    unsigned int connection_limit, unsigned int timeout_seconds, size_t connection_memory)
{
    return MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, handler, context,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listening_socket,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, timeout_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory,
        MHD_OPTION_END);
}
