/* LLP/1 reference on a pseudo terminal: a marker that breathes, a gate box (--gate) or a stage
 * (--stage) of one axis of 100 mm, 30 mm from its switch at first.
 *
 * Prints where it is and serves until it is ended. For tests of hosts and of the protocol core.
 */
#define _XOPEN_SOURCE 600
#include "llp.h"
#include "slide.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define TURN_RAD 6.283185307179586
#define PERIOD_S 4.0
#define TRAVEL_MM 15.0

static const llp_info marker = {
    "marker", "llp-reference-c", "C001", "1.0", "x:mm;y:mm;z:mm;q:1", 60, LLP_SIM, 0, NULL};
static const llp_info gate = {"gate", "llp-reference-c", "C002", "1.0", "", 20, LLP_SIM, 0, NULL};

static slide the_slide;
static int32_t switch_um = -30000; /* where the switch is by the slide's own scale */

static uint8_t home(uint8_t axis, uint32_t now) { return axis ? LLP_NAK_VALUE : slide_home(&the_slide, now); }
static uint8_t move(uint8_t axis, int32_t um, int32_t speed, uint32_t now)
{
    return axis ? LLP_NAK_VALUE : slide_move(&the_slide, um, speed, now);
}
static uint8_t jog(uint8_t axis, int32_t speed, uint32_t ms, uint32_t now)
{
    return axis ? LLP_NAK_VALUE : slide_jog(&the_slide, speed, ms, now);
}
static uint8_t set_point(uint32_t t_us, const int32_t *um, uint8_t n, uint32_t now)
{
    return n == 1 ? slide_set_point(&the_slide, t_us, um[0], now) : LLP_NAK_SYNTAX;
}
static void halt(uint32_t now) { slide_halt(&the_slide, now); }

static const slide_limits limits = {100000, 100000, 40000};
static const llp_mover mover = {home, move, jog, set_point, halt};
static const llp_info stage = {"stage", "llp-reference-c", "C003", "1.0", "z:mm", 50, LLP_SIM, 0, &mover};

static uint32_t start_us;

static uint32_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u) + start_us;
}

static int open_pty(int *slave)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master))
        return -1;
    /* Held open here too, so that clients may come and go. */
    *slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (*slave < 0)
        return -1;
    struct termios raw;
    tcgetattr(*slave, &raw);
    raw.c_iflag = 0;
    raw.c_oflag = 0;
    raw.c_lflag = 0;
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)CSIZE) | CS8 | CREAD | CLOCAL;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(*slave, TCSANOW, &raw);
    fcntl(master, F_SETFL, O_NONBLOCK);
    return master;
}

static void measure(llp *box, uint32_t t_us, double seconds)
{
    static uint32_t noise = 1;
    int32_t value[4];
    for (int i = 0; i < 3; i++) {
        noise = noise * 1664525u + 1013904223u;
        value[i] = (int32_t)(noise >> 28) - 8;
    }
    value[2] += (int32_t)lround(1000.0 * TRAVEL_MM * 0.5 * (1.0 + cos(TURN_RAD * seconds / PERIOD_S)));
    value[3] = 970;
    llp_sample(box, value, 4, LLP_VALID, t_us);
}

static void watch_lines(llp *box, uint32_t t_us, double seconds)
{
    bool ready = seconds >= 0.5;
    bool held = fmod(seconds, 2.0) >= 1.0 && fmod(seconds, 2.0) < 1.5;
    llp_gate(box, ready, ready && !held, false, t_us);
}

static void run_slide(llp *box, uint32_t time_us)
{
    uint32_t due_us;
    if (slide_um(&the_slide, time_us) <= switch_um) {
        slide_at_switch(&the_slide, time_us);
        if (the_slide.homed)
            switch_um = 0;
    }
    while (llp_sample_due(box, time_us, &due_us)) /* measured now, however late that is */
        llp_position(box, 0, slide_um(&the_slide, time_us), slide_um_per_s(&the_slide, time_us),
                     slide_state(&the_slide, time_us), time_us);
}

static void serve(llp *box, int master, uint32_t began_us)
{
    uint8_t bytes[256];
    struct pollfd ready = {master, POLLIN, 0};
    double seconds = 0.0;
    uint32_t last_us = began_us;
    for (;;) {
        poll(&ready, 1, 1);
        ssize_t n = read(master, bytes, sizeof bytes);
        uint32_t time_us = now_us(), due_us;
        seconds += (time_us - last_us) * 1e-6;
        last_us = time_us;
        for (ssize_t i = 0; i < n; i++)
            llp_receive(box, bytes[i], time_us);
        llp_poll(box, time_us);
        if (box->info == &stage)
            run_slide(box, time_us);
        while (box->info == &marker && llp_sample_due(box, time_us, &due_us))
            measure(box, due_us, seconds - (time_us - due_us) * 1e-6);
        if (box->info == &gate)
            watch_lines(box, time_us, seconds);
        size_t length = llp_take(box, bytes, sizeof bytes);
        if (length && write(master, bytes, length) < 0)
            continue; /* nobody reads: what is not taken is gone, as on a wire */
    }
}

int main(int argc, char **argv)
{
    const llp_info *info = &marker;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--gate") == 0)
            info = &gate;
        else if (strcmp(argv[i], "--stage") == 0)
            info = &stage;
        else if (strcmp(argv[i], "--start-us") == 0 && i + 1 < argc)
            start_us = (uint32_t)strtoul(argv[++i], NULL, 10) - now_us();
        else
            return fprintf(stderr, "usage: %s [--gate | --stage] [--start-us N]\n", argv[0]), 2;
    }
    int slave, master = open_pty(&slave);
    if (master < 0)
        return perror("cannot open a pseudo terminal"), 1;
    printf("%s SIM at %s\n", info->kind, ptsname(master));
    fflush(stdout);
    static llp box;
    uint32_t began_us = now_us();
    slide_init(&the_slide, &limits, began_us);
    llp_init(&box, info, began_us);
    serve(&box, master, began_us);
    return 0;
}
