#!/usr/bin/perl
# mail-dkim.pl SERVER PORT FILE: what Mail::DKIM says against the signatures of a message; nothing when they are right.
# Debian 12's does not know Ed25519.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

my ($server, $port, $file) = @ARGV;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => [$server], port => $port, recurse => 0));
my $verifier = Mail::DKIM::Verifier->new;
open my $message, '<:raw', $file or die "$file: $!\n";
local $/;
$verifier->PRINT(<$message>);
$verifier->CLOSE;
for my $signature ($verifier->signatures) {
	print 'Mail::DKIM: ', $signature->result_detail, "\n"
		if $signature->result ne 'pass' && $signature->algorithm ne 'ed25519-sha256';
}
print "Mail::DKIM: no signature\n" unless $verifier->signatures;
