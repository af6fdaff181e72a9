/* From bytes to frames whose checksum is right; see llp.h. */
#include "llp_frame.h"

#include <string.h>

#define SHORTEST 13u /* between the marks: S,0,0,00*0000 */
#define MAX_FIELDS 12u

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static bool checksum_is_right(const uint8_t *rx, uint16_t length)
{
    uint16_t given = 0;
    if (length < SHORTEST || rx[length - 5u] != '*')
        return false;
    for (uint16_t i = (uint16_t)(length - 4u); i < length; i++) {
        int digit = hex_value(rx[i]);
        if (digit < 0)
            return false;
        given = (uint16_t)(given << 4 | (uint16_t)digit);
    }
    return llp_crc(rx, length - 5u) == given;
}

/* Cuts the frame at its commas; returns how many parts there are. */
static uint8_t split(char *text, char **part)
{
    uint8_t n = 0;
    part[n++] = text;
    for (; *text; text++) {
        if (*text == ',') {
            *text = '\0';
            if (n == MAX_FIELDS + 4u)
                break;
            part[n++] = text + 1;
        }
    }
    return n;
}

static void whole_frame(llp *box, uint32_t now_us)
{
    uint16_t length = box->rx_length;
    char *part[MAX_FIELDS + 4];
    if (length && box->rx[length - 1u] == '\r')
        length--;
    if (!checksum_is_right(box->rx, length)) {
        box->rx_errors++;
        return;
    }
    box->rx[length - 5u] = '\0';
    uint8_t n = split((char *)box->rx, part);
    if (n < 4 || !llp_is_whole(part[1]) || !llp_is_whole(part[2]) || strlen(part[3]) != 2) {
        box->rx_errors++;
        return;
    }
    llp_handle(box, part[0], part + 4, (uint8_t)(n - 4u), now_us);
}

void llp_receive(llp *box, uint8_t byte, uint32_t now_us)
{
    if (byte == '@') {
        if (box->in_frame)
            box->rx_errors++;
        box->in_frame = true;
        box->rx_length = 0;
    } else if (!box->in_frame) {
        return;
    } else if (byte == '\n') {
        box->in_frame = false;
        whole_frame(box, now_us);
    } else if (box->rx_length >= LLP_MAX_FRAME - 2u) {
        box->in_frame = false;
        box->rx_errors++;
    } else {
        box->rx[box->rx_length++] = byte;
    }
}
