#include "base/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/system.h"

static int ends[2];
static int before;

static void catch_standard_error(void)
{
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	before = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
}

/* What was written since; at most `room` bytes with a NUL. */
static void caught(char *out, size_t room)
{
	ssize_t got;

	dup2(before, STDERR_FILENO);
	close(before);
	close(ends[1]);
	got = read(ends[0], out, room - 1);
	out[got > 0 ? got : 0] = '\0';
	close(ends[0]);
}

static void assert_said(const char *expected)
{
	char said[2 * LOG_LINE_MAX];

	caught(said, sizeof(said));
	cr_assert_str_eq(said, expected);
}

Test(log, one_line_with_program_and_level)
{
	log_open("prog", false, LOG_LEVEL_DEBUG);
	catch_standard_error();
	log_line(LOG_LEVEL_ERROR, "a %d", 1);
	log_line(LOG_LEVEL_WARNING, "b");
	log_line(LOG_LEVEL_INFO, "c");
	log_line(LOG_LEVEL_DEBUG, "d");
	assert_said("prog: error: a 1\nprog: warning: b\nprog: c\nprog: debug: d\n");
}

Test(log, levels_that_are_not_wanted_are_not_written)
{
	log_open("prog", false, LOG_LEVEL_WARNING);
	cr_assert(log_wants(LOG_LEVEL_ERROR) && log_wants(LOG_LEVEL_WARNING));
	cr_assert(!log_wants(LOG_LEVEL_INFO));
	catch_standard_error();
	log_line(LOG_LEVEL_INFO, "c");
	log_line(LOG_LEVEL_WARNING, "b");
	assert_said("prog: warning: b\n");
}

Test(log, nothing_can_be_injected)
{
	log_open("prog", false, LOG_LEVEL_INFO);
	catch_standard_error();
	log_line(LOG_LEVEL_INFO, "%s", "a\nprog: forged\r\t\x1b[2J\x7f\xe9 %s~");
	assert_said("prog: a\\x0Aprog: forged\\x0D\\x09\\x1B[2J\\x7F\\xE9 %s~\n");
}

Test(log, long_lines_are_cut)
{
	char long_one[3 * LOG_LINE_MAX], said[4 * LOG_LINE_MAX];

	log_open("prog", false, LOG_LEVEL_INFO);
	memset(long_one, 'x', sizeof(long_one));
	long_one[sizeof(long_one) - 1] = '\0';
	catch_standard_error();
	log_line(LOG_LEVEL_INFO, "%s", long_one);
	caught(said, sizeof(said));
	cr_assert_leq(strlen(said), LOG_LINE_MAX);
	cr_assert_geq(strlen(said), LOG_LINE_MAX - 8);
	cr_assert_eq(said[strlen(said) - 1], '\n');
}

Test(log, an_escape_is_never_cut_in_two)
{
	char bytes[LOG_LINE_MAX], said[2 * LOG_LINE_MAX], name[] = "prog";

	memset(bytes, '\x01', sizeof(bytes));
	bytes[sizeof(bytes) - 1] = '\0';
	for (size_t length = 1; length <= 4; length++) {
		name[length] = '\0';
		log_open(name, false, LOG_LEVEL_INFO);
		catch_standard_error();
		log_line(LOG_LEVEL_INFO, "%s", bytes);
		caught(said, sizeof(said));
		cr_assert_leq(strlen(said), LOG_LINE_MAX);
		cr_assert_eq((strlen(said) - length - strlen(": \n")) % 4, 0);
		strcpy(name, "prog");
	}
}

Test(log, a_line_that_is_written_in_pieces_is_one)
{
	unsigned long lost = log_lost();

	log_open("prog", false, LOG_LEVEL_INFO);
	catch_standard_error();
	system_fail(SYSTEM_WRITE, (struct system_fault){ 1, 0, true });
	log_line(LOG_LEVEL_INFO, "in pieces");
	system_fail(SYSTEM_WRITE, (struct system_fault){ 0 });
	assert_said("prog: in pieces\n");
	cr_assert_eq(log_lost(), lost);
}

/* How long a file may become. */
static void room_of_files(rlim_t bytes)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(log, a_line_that_a_full_disk_has_cut_is_no_part_of_the_next)
{
	unsigned long lost = log_lost();
	FILE *file = tmpfile();
	char said[100] = "";

	cr_assert_not_null(file);
	signal(SIGXFSZ, SIG_IGN);
	log_open("prog", false, LOG_LEVEL_INFO);
	before = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	room_of_files(10);
	log_line(LOG_LEVEL_INFO, "cut in the middle");
	log_line(LOG_LEVEL_INFO, "lost");
	room_of_files(100);
	log_line(LOG_LEVEL_INFO, "whole");
	dup2(before, STDERR_FILENO);
	cr_assert_eq(log_lost(), lost + 2);
	cr_assert_gt(pread(fileno(file), said, sizeof(said) - 1, 0), 0);
	cr_assert_str_eq(said, "prog: cut \nprog: whole\n");
	fclose(file);
	room_of_files(RLIM_INFINITY); /* whoever counts what tests reach writes files too */
}

Test(log, a_reader_that_sleeps_holds_up_nothing, .timeout = 300)
{
	unsigned long lost = log_lost();
	char said[100];

	log_open("prog", false, LOG_LEVEL_INFO);
	catch_standard_error();
	for (int i = 0; i < 10000; i++)
		log_line(LOG_LEVEL_INFO, "line %d of very many, all longer than nothing", i);
	caught(said, sizeof(said));
	cr_assert_gt(log_lost(), lost);
	cr_assert_eq(strncmp(said, "prog: line 0 ", 13), 0);
}

Test(log, a_long_program_name_is_cut)
{
	char name[1000], said[2 * LOG_LINE_MAX];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	log_open(name, false, LOG_LEVEL_INFO);
	catch_standard_error();
	log_line(LOG_LEVEL_INFO, "x");
	caught(said, sizeof(said));
	cr_assert_leq(strlen(said), 80);
}

/* What becomes of it there, the system decides; standard error has no part of it. */
Test(log, to_syslog)
{
	log_open("prog", true, LOG_LEVEL_DEBUG);
	catch_standard_error();
	log_line(LOG_LEVEL_DEBUG, "a test of the log: a\nforged %d", 1);
	assert_said("");
	log_open("prog", false, LOG_LEVEL_DEBUG);
}

/* Nobody can write there, and whoever asks is told so at once. */
Test(log, what_cannot_be_written_is_counted)
{
	unsigned long lost = log_lost();
	int kept = dup(STDERR_FILENO);
	int pipes[2];

	log_open("prog", false, LOG_LEVEL_INFO);
	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	close(pipes[1]);
	dup2(pipes[0], STDERR_FILENO);
	log_line(LOG_LEVEL_INFO, "x");
	dup2(kept, STDERR_FILENO);
	close(pipes[0]);
	close(kept);
	cr_assert_eq(log_lost(), lost + 1);
}

/* A daemon shows its own losses and those of its workers as one number. */
Test(log, losses_are_counted_where_they_are_shown)
{
	static atomic_ulong shown;
	unsigned long own = log_lost();

	log_count_lost(&shown);
	log_open("prog", false, LOG_LEVEL_INFO);
	catch_standard_error();
	system_fail(SYSTEM_WRITE, (struct system_fault){ 1, EIO, false });
	log_line(LOG_LEVEL_INFO, "x");
	system_fail(SYSTEM_WRITE, (struct system_fault){ 0 });
	log_line(LOG_LEVEL_INFO, "y");
	assert_said("prog: y\n");
	cr_assert_eq(log_lost(), 1);
	cr_assert_eq(own, 0);
}
