#include "service/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/system.h"

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* What a process lacks now and another may have later; all else the kernel does not have at all. */
static bool is_passing(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO;
}

/* ---- system calls ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

/* What no filter ever needs, and what an intruder would want: it fails with EPERM. */
static const int denied[] = {
	/* another program, another's memory */
	SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
	SYS_pidfd_getfd,
	/* the system's shape */
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_swapon,
	SYS_swapoff, SYS_reboot, SYS_sethostname, SYS_setdomainname, SYS_acct, SYS_quotactl,
	SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_mount_setattr,
	/* the kernel */
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load,
	SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
	SYS_io_uring_register, SYS_syslog, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
	SYS_clock_adjtime, SYS_personality,
	/* keys, handles that lead around paths */
	SYS_add_key, SYS_request_key, SYS_keyctl, SYS_open_by_handle_at, SYS_name_to_handle_at,
	SYS_mknodat, SYS_vhangup,
#ifdef SYS_mknod
	SYS_mknod, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_fork, SYS_vfork,
#endif
	SYS_listen, /* the last one: not for all */
};

enum { DENIED = sizeof(denied) / sizeof(*denied), HEAD = 4 };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(number, then, otherwise)                                                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(number), then, otherwise)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define DENY  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

/* What would lead around Landlock's ports: MPTCP and SCTP, which are not TCP to it, and TCP Fast
 * Open, whose first packet connects. So sockets are of UNIX, UDP, TCP, or the kernel's own list of
 * addresses (which the C library reads). */
static const struct sock_filter arguments[] = {
	IS(SYS_socket, 0, 14),
	LOAD(args[0]),
	IS(AF_UNIX, 11, 0),
	IS(AF_NETLINK, 10, 0),
	IS(AF_INET, 1, 0),
	IS(AF_INET6, 0, 7),
	LOAD(args[1]),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf), /* without SOCK_CLOEXEC and its like */
	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SOCK_DGRAM, 4, 0),
	LOAD(args[2]),
	IS(0, 3, 0),
	IS(IPPROTO_TCP, 2, 0),
	IS(IPPROTO_UDP, 1, 0),
	DENY,
	ALLOW,
	IS(SYS_sendmsg, 4, 0),
	IS(SYS_sendto, 1, 0),
	IS(SYS_sendmmsg, 0, 5),
	LOAD(args[3]),
	BPF_STMT(BPF_JMP | BPF_JA, 1),
	LOAD(args[2]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MSG_FASTOPEN, 0, 1),
	DENY,
	ALLOW,
};
enum {
	ARGUMENTS = sizeof(arguments) / sizeof(*arguments),
	LONGEST = HEAD + DENIED + ARGUMENTS + 1
};

/* Loads the number; each denied one jumps to the end. Calls of another architecture, and on x86
 * those of the x32 set, would carry other numbers: they are denied whole. */
static bool deny_calls(bool listens)
{
	unsigned count = DENIED - listens, end = HEAD + count + ARGUMENTS;
	struct sock_filter code[LONGEST] = {
		LOAD(arch),
		IS(ARCHITECTURE, 0, (uint8_t)(end - 2)),
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, (uint8_t)(end - 4), 0),
	};
	struct sock_fprog program = { (unsigned short)(end + 1), code };

	for (unsigned i = HEAD; i < HEAD + count; i++)
		code[i] = (struct sock_filter)IS(denied[i - HEAD], (uint8_t)(end - i - 1), 0);
	memcpy(code + HEAD + count, arguments, sizeof(arguments));
	code[end] = (struct sock_filter)DENY;
	return ARCHITECTURE != 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* ---- files and ports ---- */

/* As <linux/landlock.h> has it since ABI 4 (Linux 6.7), which is newer than some. */
struct ruleset_attributes {
	uint64_t files, ports;
};
struct port_attributes {
	uint64_t access, port;
};
enum { BIND_PORT = 1 << 0, CONNECT_PORT = 1 << 1, RULE_PORT = 2 };

enum {
	WRITING = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		  LANDLOCK_ACCESS_FS_MAKE_REG,
	HANDLED = WRITING | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
		  LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
		  LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
};

/* A path that is not there is left out. False when it could not be looked at. */
static bool allow_below(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access,
						   .parent_fd = system_open(path, O_PATH, 0) };
	bool ok;

	if (rule.parent_fd < 0)
		return !is_passing(errno);
	ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
	     !is_passing(errno);
	close(rule.parent_fd);
	return ok;
}

/* Where the spool's files are made and unlinked, the stores, and where nothing goes. */
static bool allow_writing(int ruleset, const char *stores)
{
	const char *folder = getenv("TMPDIR");

	return allow_below(ruleset, folder && *folder ? folder : "/tmp", WRITING) &&
	       (!stores || allow_below(ruleset, stores, WRITING)) &&
	       allow_below(ruleset, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE);
}

static bool allow_connecting(int ruleset, const struct ports *ports)
{
	struct port_attributes rule = { .access = CONNECT_PORT };

	for (rule.port = 1; ports->bounded && rule.port < PORTS; rule.port++)
		if (ports_have(ports, (uint16_t)rule.port) &&
		    syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) != 0 &&
		    is_passing(errno))
			return false;
	return true;
}

/* A kernel that knows no ports takes the first field alone. */
static int ruleset_new(const struct ports *ports, bool *has_ports)
{
	struct ruleset_attributes all = { HANDLED,
					  BIND_PORT | (ports->bounded ? CONNECT_PORT : 0) };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);

	*has_ports = ruleset >= 0;
	if (ruleset < 0 && !is_passing(errno))
		ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all.files), 0);
	return ruleset;
}

/* Everything may be read: a reload may name other scripts and tables. */
static void bind_by_landlock(const struct sandbox_room *room, struct sandbox *sandbox)
{
	bool has_ports;
	int ruleset = ruleset_new(room->ports, &has_ports);

	if (ruleset < 0) {
		sandbox->failed = is_passing(errno);
		return;
	}
	sandbox->failed = !allow_writing(ruleset, room->stores) ||
			  (has_ports && !allow_connecting(ruleset, room->ports));
	sandbox->files = !sandbox->failed && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	sandbox->ports = sandbox->files && has_ports;
	close(ruleset);
}

struct sandbox sandbox_enter(const struct sandbox_room *room)
{
	struct sandbox sandbox = { .failed = false };

	ports_bound(room->ports);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return sandbox;
	bind_by_landlock(room, &sandbox);
	/* the sanitizers look for leaks by tracing their own process */
	errno = 0;
	sandbox.calls = !SANITIZED && deny_calls(room->listens);
	sandbox.failed |= !sandbox.calls && is_passing(errno);
	return sandbox;
}
