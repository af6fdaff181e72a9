/* Commands and words of a stage; see llp.h. */
#include "llp_frame.h"

#include <string.h>

#define MAX_AXES 3u
#define STATES "IRHAF"

/* Reads a number with at most six digits before the point; what is beyond a thousandth is cut. */
static bool read_thousandths(const char *text, int32_t *value)
{
    bool negative = *text == '-';
    uint8_t digits = 0, decimals = 0;
    int32_t number = 0;
    text += negative || *text == '+';
    for (; *text >= '0' && *text <= '9' && digits < 6u; text++, digits++)
        number = number * 10 + (*text - '0');
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9'; text++)
            if (decimals < 3u) {
                number = number * 10 + (*text - '0');
                decimals++;
            }
    for (; decimals < 3u; decimals++)
        number *= 10;
    *value = negative ? -number : number;
    return digits > 0 && *text == '\0';
}

static bool read_counter(const char *text, uint32_t *value)
{
    if (!llp_is_whole(text))
        return false;
    for (*value = 0; *text; text++)
        *value = *value * 10u + (uint32_t)(*text - '0'); /* wraps as the counter does */
    return true;
}

static uint8_t set_points(const llp_mover *mover, char **field, uint8_t n, uint32_t now_us)
{
    uint32_t t_us;
    int32_t um[MAX_AXES];
    if (n - 3u > MAX_AXES || !read_counter(field[2], &t_us))
        return LLP_NAK_SYNTAX;
    for (uint8_t i = 3; i < n; i++)
        if (!read_thousandths(field[i], &um[i - 3u]))
            return LLP_NAK_SYNTAX;
    return mover->set_point(t_us, um, (uint8_t)(n - 3u), now_us);
}

uint8_t llp_move(const llp *box, const char *type, char **field, uint8_t n, uint32_t now_us)
{
    const llp_mover *mover = box->info->mover;
    uint32_t axis, most_ms;
    int32_t um, um_per_s;
    if (!mover)
        return LLP_NAK_UNKNOWN;
    if (strcmp(type, "TRJ") == 0)
        return n > 3 ? set_points(mover, field, n, now_us) : LLP_NAK_SYNTAX;
    if (!read_counter(field[1], &axis) || axis > UINT8_MAX)
        return LLP_NAK_SYNTAX;
    if (strcmp(type, "HOM") == 0)
        return mover->home((uint8_t)axis, now_us);
    if (strcmp(type, "MOV") == 0) {
        if (!read_thousandths(field[2], &um) || !read_thousandths(field[3], &um_per_s))
            return LLP_NAK_SYNTAX;
        return mover->move((uint8_t)axis, um, um_per_s, now_us);
    }
    if (!read_thousandths(field[2], &um_per_s) || !read_counter(field[3], &most_ms))
        return LLP_NAK_SYNTAX;
    return mover->jog((uint8_t)axis, um_per_s, most_ms, now_us);
}

void llp_position(llp *box, uint8_t axis, int32_t um, int32_t um_per_s, char state, uint32_t t_us)
{
    if (box->binary) {
        llp_begin_binary(box, 'P', LLP_VALID, t_us, 4);
        llp_put_float(box, (float)axis);
        llp_put_float(box, (float)um / 1000.0f);
        llp_put_float(box, (float)um_per_s / 1000.0f);
        llp_put_float(box, (float)(strchr(STATES, state) - STATES));
        llp_finish_binary(box);
        return;
    }
    llp_begin(box, "P", LLP_VALID, t_us);
    llp_field_whole(box, axis);
    llp_put(box, ',');
    llp_put_thousandths(box, um);
    llp_put(box, ',');
    llp_put_thousandths(box, um_per_s);
    llp_put(box, ',');
    llp_put(box, state);
    llp_finish(box);
}
