#pragma once
// librabbitmq, the C client of RabbitMQ, and what of it Swift cannot import: variadic functions, macros with casts, and
// values of `struct timeval`.
#include <sys/time.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

// Methods that a client may get unasked.
static const amqp_method_number_t crabbitmq_deliver = AMQP_BASIC_DELIVER_METHOD;
static const amqp_method_number_t crabbitmq_return = AMQP_BASIC_RETURN_METHOD;
static const amqp_method_number_t crabbitmq_ack = AMQP_BASIC_ACK_METHOD;
static const amqp_method_number_t crabbitmq_nack = AMQP_BASIC_NACK_METHOD;
static const amqp_method_number_t crabbitmq_cancel = AMQP_BASIC_CANCEL_METHOD;
static const amqp_method_number_t crabbitmq_blocked = AMQP_CONNECTION_BLOCKED_METHOD;
static const amqp_method_number_t crabbitmq_unblocked = AMQP_CONNECTION_UNBLOCKED_METHOD;
static const amqp_method_number_t crabbitmq_connection_close = AMQP_CONNECTION_CLOSE_METHOD;
static const amqp_method_number_t crabbitmq_channel_close = AMQP_CHANNEL_CLOSE_METHOD;

static inline struct timeval crabbitmq_span(int milliseconds) {
    return (struct timeval){.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
}

// Connects within a time; AMQP_STATUS_OK or why not.
static inline int crabbitmq_open(amqp_socket_t *socket, const char *host, int port, int milliseconds) {
    struct timeval span = crabbitmq_span(milliseconds);
    return amqp_socket_open_noblock(socket, host, port, &span);
}

// Bounds how long the handshake, and later every call that waits for an answer, may take.
static inline int crabbitmq_set_timeouts(amqp_connection_state_t connection, int milliseconds) {
    struct timeval span = crabbitmq_span(milliseconds);
    int status = amqp_set_handshake_timeout(connection, &span);
    return status == AMQP_STATUS_OK ? amqp_set_rpc_timeout(connection, &span) : status;
}

// amqp_login_with_properties with a user and a password.
static inline amqp_rpc_reply_t crabbitmq_log_in(amqp_connection_state_t connection, const char *virtual_host,
                                                int heartbeat, const amqp_table_t *properties, const char *user,
                                                const char *password) {
    return amqp_login_with_properties(connection, virtual_host, 1, AMQP_DEFAULT_FRAME_SIZE, heartbeat, properties,
                                      AMQP_SASL_METHOD_PLAIN, user, password);
}

// The next frame, if one has come whole; AMQP_STATUS_TIMEOUT if not. Sends a heartbeat when it is time for one.
static inline int crabbitmq_next_frame(amqp_connection_state_t connection, amqp_frame_t *frame) {
    struct timeval span = {0};
    return amqp_simple_wait_frame_noblock(connection, frame, &span);
}
