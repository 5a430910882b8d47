/* crowd --socket PATH --pid P [--slow N] [--hold N] [--seconds S]
 *
 * How a milter server fares in a crowd: N clients that send one byte of a packet a second, or N
 * that negotiate and stay, while an honest one comes again and again. Prints one JSON object: the
 * honest one's time from connecting to the answer of MAIL (median, worst; microseconds), what it
 * heard, the CPU share of P and its children meanwhile, and after how many milliseconds it is
 * served when the crowd has gone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CROWD_MOST = 20000, TIMES_MOST = 100000, PATIENCE_MS = 5000 };

static const char offer[] = "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\0\x03\x7f";
static const char from[] = "\0\0\0\x0cM<a@b.test>\0";
static struct sockaddr_un address;
static int crowd[CROWD_MOST];

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The letter of the next frame; 0 when there is none in time. */
static char hear(int fd)
{
	unsigned char bytes[512];
	size_t length = 0;
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int64_t end = now_us() + PATIENCE_MS * 1000;
	while (now_us() < end && poll(&ready, 1, PATIENCE_MS) > 0) {
		ssize_t got = recv(fd, bytes + length, sizeof(bytes) - length, 0);
		if (got <= 0)
			return 0;
		length += (size_t)got;
		if (length >= 5 && length >= 4u + (bytes[2] << 8 | bytes[3]))
			return (char)bytes[4];
	}
	return 0;
}

/* One session up to the answer of MAIL: 'c', 't' for "come again later", 0. */
static char honest(void)
{
	char letter = 0;
	int fd = client();
	if (fd < 0)
		return 0;
	if (send(fd, offer, sizeof(offer) - 1, MSG_NOSIGNAL) > 0 && hear(fd) == 'O' &&
	    send(fd, from, sizeof(from) - 1, MSG_NOSIGNAL) > 0)
		letter = hear(fd);
	close(fd);
	return letter;
}

/* ---- CPU of a process and its children, in clock ticks ---- */

static long ticks_of(int pid)
{
	char path[64], line[1024];
	long user = 0, kernel = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) && strrchr(line, ')'))
		sscanf(strrchr(line, ')') + 2,
		       "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &kernel);
	fclose(file);
	return user + kernel;
}

static long ticks_of_all(int pid)
{
	char path[64];
	long ticks = ticks_of(pid);
	int child;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	FILE *file = fopen(path, "r");
	while (file && fscanf(file, "%d", &child) == 1)
		ticks += ticks_of_all(child);
	if (file)
		fclose(file);
	return ticks;
}

/* ---- the crowd ---- */

static void crowd_say(int count, int round, bool slow)
{
	for (int i = 0; i < count; i++) {
		if (crowd[i] < 0)
			crowd[i] = client();
		if (crowd[i] < 0)
			continue;
		if (!slow && round == 0)
			send(crowd[i], offer, sizeof(offer) - 1, MSG_NOSIGNAL);
		else if (slow)
			send(crowd[i], offer + (round < 16 ? round : 0), 1, MSG_NOSIGNAL);
	}
}

static int compare(const void *a, const void *b)
{
	long long left = *(const long long *)a, right = *(const long long *)b;
	return left < right ? -1 : left > right;
}

static long long times[TIMES_MOST];

static void tell(size_t count, const size_t *heard, double share, long long recovery)
{
	qsort(times, count, sizeof(times[0]), compare);
	printf("{\"honest\":{\"p50_us\":%lld,\"worst_us\":%lld,\"served\":%zu,\"refused\":%zu,"
	       "\"unheard\":%zu},\"cpu_share\":%.3f,\"recovery_ms\":%lld}\n",
	       count ? times[count / 2] : -1, count ? times[count - 1] : -1, heard[0], heard[1],
	       heard[2], share, recovery);
}

static void watch(int count, bool slow, int pid, int seconds)
{
	size_t told = 0, heard[3] = {0, 0, 0};
	crowd_say(count, 0, slow);
	sleep(1);
	int64_t began = now_us(), next = began;
	long ticks = ticks_of_all(pid);
	for (int round = 1; now_us() < began + seconds * 1000000LL;) {
		if (now_us() >= next) {
			next += 1000000;
			crowd_say(slow ? count : 0, round++, slow);
		}
		int64_t start = now_us();
		char letter = honest();
		if (letter && told < TIMES_MOST)
			times[told++] = now_us() - start;
		heard[letter == 'c' ? 0 : letter ? 1 : 2]++;
		poll(NULL, 0, 50);
	}
	double share = (double)(ticks_of_all(pid) - ticks) / (double)sysconf(_SC_CLK_TCK) /
		       ((double)(now_us() - began) / 1e6);
	for (int i = 0; i < count; i++)
		if (crowd[i] >= 0)
			close(crowd[i]);
	int64_t gone = now_us();
	while (honest() != 'c' && now_us() < gone + 10000000)
		poll(NULL, 0, 5);
	tell(told, heard, share, (now_us() - gone) / 1000);
}

int main(int argc, char **argv)
{
	int slow = 0, hold = 0, pid = 0, seconds = 5;
	signal(SIGPIPE, SIG_IGN);
	address.sun_family = AF_UNIX;
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *value = argv[i + 1];
		if (strcmp(argv[i], "--socket") == 0)
			snprintf(address.sun_path, sizeof(address.sun_path), "%s", value);
		else if (strcmp(argv[i], "--slow") == 0)
			slow = atoi(value);
		else if (strcmp(argv[i], "--hold") == 0)
			hold = atoi(value);
		else if (strcmp(argv[i], "--pid") == 0)
			pid = atoi(value);
		else if (strcmp(argv[i], "--seconds") == 0)
			seconds = atoi(value);
	}
	int count = slow ? slow : hold;
	if (!pid || !address.sun_path[0] || count < 0 || count > CROWD_MOST) {
		fputs("usage: crowd --socket PATH --pid P [--slow N] [--hold N] [--seconds S]\n",
		      stderr);
		return 2;
	}
	for (int i = 0; i < count; i++)
		crowd[i] = -1;
	watch(count, slow > 0, pid, seconds);
	return 0;
}
