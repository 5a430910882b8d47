#include "service/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
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
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_kcmp,
	SYS_pidfd_getfd,
	/* the system's shape */
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_unshare,
	SYS_setns,
	SYS_swapon,
	SYS_swapoff,
	SYS_reboot,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_acct,
	SYS_quotactl,
	SYS_move_mount,
	SYS_open_tree,
	SYS_fsopen,
	SYS_fsmount,
	SYS_mount_setattr,
	/* the kernel */
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_kexec_load,
	SYS_kexec_file_load,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_syslog,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_adjtimex,
	SYS_clock_adjtime,
	SYS_personality,
	/* keys, handles that lead around paths */
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
	SYS_open_by_handle_at,
	SYS_name_to_handle_at,
	SYS_mknodat,
	SYS_vhangup,
#ifdef SYS_mknod
	SYS_mknod,
	SYS_iopl,
	SYS_ioperm,
	SYS_modify_ldt,
	SYS_fork,
	SYS_vfork,
#endif
};

enum { DENIED = sizeof(denied) / sizeof(*denied), HEAD = 4, TAIL = 2 };

/* Loads the number; each denied one jumps to the end. Calls of another architecture, and on x86
 * those of the x32 set, would carry other numbers: they are denied whole. */
static bool deny_calls(void)
{
	struct sock_filter code[HEAD + DENIED + TAIL] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0, DENIED + 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, DENIED + 1, 0),
	};
	struct sock_fprog program = { HEAD + DENIED + TAIL, code };

	for (unsigned i = 0; i < DENIED; i++)
		code[HEAD + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)denied[i], (uint8_t)(DENIED - i), 0);
	code[HEAD + DENIED] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[HEAD + DENIED + 1] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	return ARCHITECTURE != 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* ---- files ---- */

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

/* Everything may be read: a reload may name other scripts and tables. */
static bool deny_writing(const char *stores, bool *failed)
{
	struct landlock_ruleset_attr attributes = { .handled_access_fs = HANDLED };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	bool ok;

	if (ruleset < 0) {
		*failed = is_passing(errno);
		return false;
	}
	*failed = !allow_writing(ruleset, stores);
	ok = !*failed && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return ok;
}

struct sandbox sandbox_enter(const char *stores)
{
	struct sandbox sandbox = { false, false, false };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return sandbox;
	sandbox.files = deny_writing(stores, &sandbox.failed);
	/* the sanitizers look for leaks by tracing their own process */
	errno = 0;
	sandbox.calls = !SANITIZED && deny_calls();
	sandbox.failed |= !sandbox.calls && is_passing(errno);
	return sandbox;
}
