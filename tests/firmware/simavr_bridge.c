/* Runs an ATmega328P's ELF file in simavr, its serial port on a pseudo terminal, in real time.
 *
 * For tests only: the very firmware that goes on a board, held to the conformance suite. The sensor
 * on A0 gives a saw tooth; the contacts on D2 and D3 are those of a gate box that becomes ready
 * after 0.5 s and holds from 1 s to 1.5 s of every 2 s.
 */
#define _XOPEN_SOURCE 600
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <simavr/avr_adc.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#define CLOCK_HZ 16000000
#define SLICE_US 500
#define BYTE_CYCLES (CLOCK_HZ / 11520) /* a byte at 115200 8N1 */

static int master;
static uint8_t outgoing[4096];
static size_t n_outgoing;
/* simavr takes bytes more slowly than the UART it stands for, and says when it has room. */
static bool has_room = true;

static void sent(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)param;
    if (n_outgoing < sizeof outgoing)
        outgoing[n_outgoing++] = (uint8_t)value;
}

static void room(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)value;
    has_room = param != NULL;
}

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void open_pty(void)
{
    struct termios raw;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master))
        exit(1);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    tcgetattr(slave, &raw);
    raw.c_iflag = raw.c_oflag = raw.c_lflag = 0;
    tcsetattr(slave, TCSANOW, &raw);
    fcntl(master, F_SETFL, O_NONBLOCK);
}

static avr_t *make(elf_firmware_t *firmware)
{
    uint32_t not_on_the_console = 0;
    avr_t *avr = avr_make_mcu_by_name("atmega328p");
    avr_init(avr);
    avr_load_firmware(avr, firmware);
    avr->frequency = CLOCK_HZ;
    avr->log = LOG_NONE;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &not_on_the_console);
    avr_irq_t *uart = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), 0);
    avr_irq_register_notify(uart + UART_IRQ_OUTPUT, sent, NULL);
    avr_irq_register_notify(uart + UART_IRQ_OUT_XON, room, avr);
    avr_irq_register_notify(uart + UART_IRQ_OUT_XOFF, room, NULL);
    return avr;
}

static void work_on_pins(avr_t *avr, uint32_t ms)
{
    bool held = ms < 500 || (ms % 2000 >= 1000 && ms % 2000 < 1500);
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0), 1000 + ms / 2 % 3000);
    /* A contact that is closed pulls its pin to ground. */
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), 2), ms < 500);
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), 3), held);
}

static bool run_until(avr_t *avr, uint64_t until)
{
    static uint64_t byte_cycle;
    avr_irq_t *input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    while (avr->cycle < until) {
        uint8_t byte;
        if (avr->cycle >= byte_cycle) {
            byte_cycle = avr->cycle + BYTE_CYCLES;
            if (has_room && read(master, &byte, 1) == 1)
                avr_raise_irq(input, byte);
        }
        if (avr_run(avr) == cpu_Crashed)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    elf_firmware_t firmware = {0};
    if (argc != 2 || elf_read_firmware(argv[1], &firmware))
        return fprintf(stderr, "usage: %s FIRMWARE.elf\n", argv[0]), 2;
    avr_t *avr = make(&firmware);
    open_pty();
    printf("avr SIM at %s\n", ptsname(master));
    fflush(stdout);
    uint64_t began_us = now_us();
    for (uint64_t slice = 1;; slice++) {
        work_on_pins(avr, (uint32_t)(slice * SLICE_US / 1000));
        if (!run_until(avr, slice * SLICE_US * (CLOCK_HZ / 1000000)))
            return 1;
        ssize_t taken = n_outgoing ? write(master, outgoing, n_outgoing) : 0;
        if (taken > 0) {
            n_outgoing -= (size_t)taken;
            memmove(outgoing, outgoing + taken, n_outgoing);
        }
        int64_t ahead_us = (int64_t)(began_us + slice * SLICE_US - now_us());
        if (ahead_us > 0)
            poll(NULL, 0, (int)(ahead_us / 1000));
    }
}
