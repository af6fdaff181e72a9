/* LLP/1 for devices: the protocol without hardware, heap or standard I/O.
 *
 * Specification: docs/reference/llp.md. C99; needs about 1.4 kB of memory, so it fits an ATmega328P.
 * Research and test use only.
 *
 * A port gives it received bytes (llp_receive), calls llp_poll at least every few milliseconds,
 * measures when llp_sample_due says so, and sends what llp_take returns. Times are microseconds of
 * one counter that may wrap at 32 bits.
 */
#ifndef LLP_H
#define LLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LLP_MAX_FRAME 256u
#define LLP_TX_SIZE 512u
#define LLP_MAX_ID 8u
#define LLP_REMEMBERED 8u
#define LLP_MAX_RATE_HZ 200u

enum {
    LLP_VALID = 0x01,
    LLP_REPEAT = 0x02,
    LLP_DEGRADED = 0x08,
    LLP_RANGE = 0x10,
    LLP_FAULT = 0x20,
    LLP_SIM = 0x40,
    LLP_BOOT = 0x80
};

enum { LLP_NAK_UNKNOWN = 1, LLP_NAK_SYNTAX = 2, LLP_NAK_VALUE = 13 };

/* What moves in a stage. Positions in um, speeds in um/s; each returns 0 or a code of NAK. */
typedef struct {
    uint8_t (*home)(uint8_t axis, uint32_t now_us);
    uint8_t (*move)(uint8_t axis, int32_t um, int32_t um_per_s, uint32_t now_us);
    uint8_t (*jog)(uint8_t axis, int32_t um_per_s, uint32_t most_ms, uint32_t now_us);
    uint8_t (*set_point)(uint32_t t_us, const int32_t *um, uint8_t n, uint32_t now_us);
    void (*halt)(uint32_t now_us);
} llp_mover;

/* What the device is. All texts are constant and may stay in flash of the linker's choice. */
typedef struct {
    const char *kind;     /* "marker", "gate", ... */
    const char *model;
    const char *serial;
    const char *firmware;
    const char *channels; /* "x:mm;y:mm;z:mm", or "" */
    uint16_t rate_hz;     /* after power-up */
    uint8_t flags;        /* LLP_SIM, or 0 */
    uint8_t gate;         /* id of a gate box, 0 to 15 */
    const llp_mover *mover; /* NULL: it is no stage */
} llp_info;

typedef struct {
    char id[LLP_MAX_ID + 1];
    char text[LLP_MAX_ID + 1];
    uint8_t code; /* 0: ACK */
} llp_answer;

/* State; nothing in it is for the port to touch. */
typedef struct {
    const llp_info *info;
    uint8_t rx[LLP_MAX_FRAME];
    uint8_t frame[LLP_MAX_FRAME];
    uint8_t tx[LLP_TX_SIZE];
    uint16_t rx_length;
    uint16_t frame_length;
    uint16_t tx_first, tx_used;
    uint16_t seq;
    uint16_t rate_hz;
    uint32_t rx_errors, overruns;
    uint32_t helo_us, beat_us, sample_us, gate_us, host_us;
    llp_answer answers[LLP_REMEMBERED];
    uint8_t next_answer;
    uint8_t outputs;
    uint8_t lines;
    char host_state;
    bool in_frame, known, fresh, running, binary, host_heard, lines_told;
} llp;

void llp_init(llp *box, const llp_info *info, uint32_t now_us);
void llp_receive(llp *box, uint8_t byte, uint32_t now_us);
void llp_poll(llp *box, uint32_t now_us);

/* Whether to measure now; *t_us is when the measurement was due. */
bool llp_sample_due(llp *box, uint32_t now_us, uint32_t *t_us);
/* Send a sample of n values in thousandths of the channels' units. */
void llp_sample(llp *box, const int32_t *thousandths, uint8_t n, uint8_t flags, uint32_t t_us);
/* Tell where an axis of a stage is, when llp_sample_due says so and at once of an alarm. */
void llp_position(llp *box, uint8_t axis, int32_t um, int32_t um_per_s, char state, uint32_t t_us);
/* Tell the lines of a gate box; call at least every few milliseconds, it sends when needed. */
void llp_gate(llp *box, bool ready, bool enable, bool line_fault, uint32_t now_us);
/* Digital outputs as the host wants them; all 0 while the host is not heard. */
uint8_t llp_outputs(const llp *box);
/* What the machine is at: 'I' idle, 'A' armed, 'B' beam on, 'H' held, 'F' stopped. 'I' while the
 * host is not heard. Settings are refused at 'B'. */
char llp_host_state(const llp *box);
/* Bytes to send: copies at most room of them and returns how many. */
size_t llp_take(llp *box, uint8_t *to, size_t room);

/* For tests and tools. */
uint16_t llp_crc(const uint8_t *data, size_t length);
size_t llp_cobs(const uint8_t *data, size_t length, uint8_t *to);

#endif
