/* Frames on their way out: checksum, coding, the bytes that wait to be sent. */
#include "llp_frame.h"

#include <string.h>

/* Checksum and coding ------------------------------------------------------------------- */

uint16_t llp_crc(const uint8_t *data, size_t length)
{
    uint16_t crc = 0xFFFFu;
    while (length--) {
        crc = (uint16_t)(crc ^ ((uint16_t)*data++ << 8));
        for (uint8_t bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 0x8000u) ? ((uint16_t)(crc << 1) ^ 0x1021u) : (uint16_t)(crc << 1));
    }
    return crc;
}

/* Writes at most length + length / 254 + 1 bytes, without the zero byte at the end. */
size_t llp_cobs(const uint8_t *data, size_t length, uint8_t *to)
{
    size_t code_at = 0, out = 1;
    uint8_t code = 1;
    for (size_t i = 0; i < length; i++) {
        if (data[i] != 0) {
            to[out++] = data[i];
            code++;
        }
        if (data[i] == 0 || (code == 0xFF && i + 1 < length)) {
            to[code_at] = code;
            code_at = out++;
            code = 1;
        }
    }
    to[code_at] = code;
    return out;
}

/* Sending -------------------------------------------------------------------------------- */

void llp_queue(llp *box, const uint8_t *data, uint16_t length)
{
    if ((uint16_t)(LLP_TX_SIZE - box->tx_used) < length) {
        box->overruns++;
        return;
    }
    for (uint16_t i = 0; i < length; i++) {
        box->tx[(box->tx_first + box->tx_used) % LLP_TX_SIZE] = data[i];
        box->tx_used++;
    }
}

size_t llp_take(llp *box, uint8_t *to, size_t room)
{
    size_t n = 0;
    while (n < room && box->tx_used > 0) {
        to[n++] = box->tx[box->tx_first];
        box->tx_first = (uint16_t)((box->tx_first + 1u) % LLP_TX_SIZE);
        box->tx_used--;
    }
    return n;
}

static void queue_block(llp *box)
{
    uint8_t coded[LLP_MAX_FRAME + 3];
    size_t length = llp_cobs(box->frame, box->frame_length, coded);
    coded[length++] = 0;
    llp_queue(box, coded, (uint16_t)length);
}

void llp_put(llp *box, char c)
{
    /* Room is left for the checksum and the line end. */
    if (box->frame_length < LLP_MAX_FRAME - 6u)
        box->frame[box->frame_length++] = (uint8_t)c;
}

static void put_text(llp *box, const char *text)
{
    while (*text)
        llp_put(box, *text++);
}

static void put_hex(llp *box, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    llp_put(box, digits[byte >> 4]);
    llp_put(box, digits[byte & 15]);
}

static void put_whole(llp *box, uint32_t value)
{
    char digits[10];
    uint8_t n = 0;
    do {
        digits[n++] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    while (n)
        llp_put(box, digits[--n]);
}

void llp_put_thousandths(llp *box, int32_t value)
{
    uint32_t size = value < 0 ? (uint32_t)0 - (uint32_t)value : (uint32_t)value;
    if (value < 0)
        llp_put(box, '-');
    put_whole(box, size / 1000u);
    llp_put(box, '.');
    llp_put(box, (char)('0' + size / 100u % 10u));
    llp_put(box, (char)('0' + size / 10u % 10u));
    llp_put(box, (char)('0' + size % 10u));
}

void llp_field_text(llp *box, const char *text)
{
    llp_put(box, ',');
    put_text(box, text);
}

void llp_field_whole(llp *box, uint32_t value)
{
    llp_put(box, ',');
    put_whole(box, value);
}

static uint8_t all_flags(const llp *box, uint8_t flags)
{
    return (uint8_t)(flags | box->info->flags | (box->fresh ? LLP_BOOT : 0));
}

void llp_begin(llp *box, const char *type, uint8_t flags, uint32_t t_us)
{
    box->frame_length = 0;
    llp_put(box, '@');
    put_text(box, type);
    llp_field_whole(box, box->seq++);
    llp_field_whole(box, t_us);
    llp_put(box, ',');
    put_hex(box, all_flags(box, flags));
}

void llp_finish(llp *box)
{
    uint16_t crc = llp_crc(box->frame + 1, box->frame_length - 1u);
    llp_put(box, '*');
    put_hex(box, (uint8_t)(crc >> 8));
    put_hex(box, (uint8_t)crc);
    if (box->binary) {
        queue_block(box);
        return;
    }
    box->frame[box->frame_length++] = '\n';
    llp_queue(box, box->frame, box->frame_length);
}

static void put_bytes(llp *box, uint32_t value, uint8_t n)
{
    while (n--) {
        box->frame[box->frame_length++] = (uint8_t)value;
        value >>= 8;
    }
}

void llp_put_float(llp *box, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_bytes(box, bits, 4);
}

void llp_begin_binary(llp *box, char letter, uint8_t flags, uint32_t t_us, uint8_t n)
{
    box->frame_length = 0;
    put_bytes(box, (uint8_t)letter, 1);
    put_bytes(box, all_flags(box, flags), 1);
    put_bytes(box, box->seq++, 2);
    put_bytes(box, t_us, 4);
    put_bytes(box, 0, 4);
    put_bytes(box, n, 1);
}

void llp_finish_binary(llp *box)
{
    put_bytes(box, llp_crc(box->frame, box->frame_length), 2);
    queue_block(box);
}
