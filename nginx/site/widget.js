// Made by deploy/dev/bundle of assets/widget.js and what it imports. Change those.
const m_api=(()=>{
const PATIENCE_MS=30000;
async function ask(path,options={}){
try{
const signal=AbortSignal.timeout?.(PATIENCE_MS);
const response=await fetch(`${options.base ?? ""}/api/v1${path}`,{credentials:"omit",signal,...options});
const read=response.json();
const body=response.ok?await read:await read.catch(()=>null);
return{status:response.status,ok:response.ok,body,headers:response.headers};
}catch{
return{status:0,ok:false,body:null,headers:new Headers()};
}
}
function post(path,value,options={}){
return ask(path,{
method:"POST",
headers:{"Content-Type":"application/json"},
body:JSON.stringify(value),
...options,
});
}
function retryAfter(answer){
const seconds=Number.parseInt(answer.headers.get("Retry-After")??"",10);
return Number.isFinite(seconds)&&seconds>0?Math.min(seconds,3600):5;
}
function sayFailure(texts,answer){
return answer.status===0?texts.say("offline"):texts.say("later",{n:retryAfter(answer)});
}
return{ask,post,retryAfter,sayFailure};
})();
const m_i18n=(()=>{
const FALLBACK="en";
const RIGHT_TO_LEFT=["ar","ckb","dv","fa","he","ps","sd","ug","ur","yi"];
const LONGEST_S=30;
const files=new Map();
const base=(language)=>language.toLowerCase().split("-")[0];
function direction(language){
return RIGHT_TO_LEFT.includes(base(language))?"rtl":"ltr";
}
function file(code,folder){
const address=new URL(`../${folder}/${code}.json`,import.meta.url).href;
if(!files.has(address)){
files.set(address,fetch(address)
.then((answer)=>(answer.status===404?null:answer.ok?answer.json():undefined))
.catch(()=>undefined)
.then((texts)=>{
if(texts===undefined)files.delete(address);
return texts;
}));
}
return files.get(address);
}
class Texts{
#a;
#b;
#c;
#d=new Map();
constructor(language,texts){
this.language=language;
this.dir=direction(language);
this.#a=texts;
this.#b=new Intl.PluralRules(language);
this.#c=new Intl.NumberFormat(language);
}
has(key){
return Object.hasOwn(this.#a,key);
}
number(value){
return this.#c.format(value);
}
date(value,style={dateStyle:"medium",timeStyle:"short"}){
const key=JSON.stringify(style);
if(!this.#d.has(key))this.#d.set(key,new Intl.DateTimeFormat(this.language,(style)));
return this.#d.get(key).format(new Date(value));
}
say(key,values={}){
return this.#e(key,values).replace(/\{(\w+)\}/g,(all,name)=>this.#f(values,name,all));
}
plain(key,values={}){
return this.#e(key,values).replace(/\{(\w+)\}/g,(all,name)=>(
typeof values[name]==="number"?this.number(values[name]):values[name]??all));
}
parts(key,values={}){
return this.#e(key,values).split(/(\{\w+\})/).filter(Boolean).map((part)=>{
const name=/^\{(\w+)\}$/.exec(part)?.[1];
return values[name]instanceof Node?values[name]:name?this.#f(values,name,part):part;
});
}
#e(key,{n=0}){
const text=this.#a[key];
if(text&&typeof text==="object")return text[this.#b.select(n)]??text.other;
return text??key;
}
#f(values,name,otherwise){
const value=values[name];
if(value===undefined)return otherwise;
return typeof value==="number"?this.number(value):`\u2068${value}\u2069`;
}
}
async function find(languages,folder){
for(const language of[...languages.slice(0,3),FALLBACK]){
if(!/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(language))continue;
const texts=await file(base(language),folder),rest=texts?.$partial?await file(FALLBACK,folder):{};
if(texts===undefined||rest===undefined)return null;
if(texts)return new Texts(language,{...rest,...texts});
}
return new Texts(FALLBACK,{});
}
async function load(languages,folder="lang"){
for(let wait_s=1;;wait_s=Math.min(2*wait_s,LONGEST_S)){
const texts=await find(languages,folder);
if(texts)return texts;
await new Promise((resolve)=>{setTimeout(resolve,wait_s*1000);});
}
}
return{direction,load};
})();
const m_make=(()=>{
function make(name,properties={},...children){
const made=Object.assign(document.createElement(name),properties);
made.append(...children);
return made;
}
return{make};
})();
const m_form=(()=>{
const{direction}=m_i18n;
const{make}=m_make;
const COMMENT_MAX=500;
const kinds={
given_name:{autocomplete:"given-name",autocapitalize:"words",max:100},
family_name:{autocomplete:"family-name",autocapitalize:"words",max:100},
email:{type:"email",dir:"ltr",inputMode:"email",autocomplete:"email",autocapitalize:"off",spellcheck:false,max:254},
country:{tag:"select",autocomplete:"country"},
region:{autocomplete:"address-level1",autocapitalize:"characters",spellcheck:false,max:6,hint:"hint.region"},
postal_code:{autocomplete:"postal-code",autocapitalize:"characters",spellcheck:false,max:20},
locality:{autocomplete:"address-level2",autocapitalize:"words",max:100},
comment:{tag:"textarea",autocomplete:"off",max:COMMENT_MAX,hint:"hint.comment"},
};
const order=Object.keys(kinds);
const codes=("ADEFGILMOQRSTUWXZ BABDEFGHIJLMNOQRSTVWYZ CACDFGHIKLMNORUVWXYZ DEJKMOZ ECEGHRST FIJKMOR " +
"GABDEFGHILMNPQRSTUWY HKMNRTU IDELMNOQRST JEMOP KEGHIMNPRWYZ LABCIKRSTUVY MACDEFGHKLMNOPQRSTUVWXYZ " +
"NACEFGILOPRUZ OM PAEFGHKLMNRSTWY QA REOSUW SABCDEGHIJKLMNORSTVXYZ TCDFGHJKLMNORTVWZ UAGMSYZ VACEGINU " +
"WFS YET ZAMW")
.split(" ").flatMap(([first,...seconds])=>seconds.map((second)=>first + second));
function countries(language){
const names=new Intl.DisplayNames([language],{type:"region"}),{compare}=new Intl.Collator(language);
return codes.map((code)=>({code,name:names.of(code)??code})).sort((a,b)=>compare(a.name,b.name));
}
class Form{
#g;
#a;
#h;
#i;
#j;
#k;
#l=()=>{};
constructor(form,{texts,keep=null,titled=false,prefix="",level=3}){
this.#g=form;
this.#a=texts;
this.#h=keep;
this.#i=titled?document.title:null;
this.#j=prefix;
this.#k=level;
form.noValidate=true;
if(keep)form.addEventListener("input",()=>this.store());
for(const event of["focusin","pointerdown"])form.addEventListener(event,()=>this.#l());
form.addEventListener("change",({target})=>{
if((target).name==="email")this.#m();
});
}
build(fields,{language=this.#a.language,wording=null,hints={},values={},shows=true}={}){
const place=({name})=>(order.includes(name)?order.indexOf(name):order.length);
const made=[...fields].sort((a,b)=>place(a)- place(b)).map((field)=>this.#n(field,language,hints));
if(shows)made.push(this.#o("show_name",this.#a.say("field.show_name")));
this.#p().replaceChildren(...made);
if(wording)this.offer(wording);
this.fill(values);
if(this.#h)this.#q();
}
offer(wording){
if(!wording?.text||this.#r("subscribe"))return;
const{language,text}=wording;
this.#p().append(this.#o("subscribe",make("bdi",{lang:language,dir:direction(language),textContent:text})));
}
values(){
const values={};
for(const input of this.#s()){
if(input.type==="checkbox")values[input.name]=input.checked;
else if(input.value.trim()!==""||input.required)values[input.name]=input.value;
}
if(values.country&&/^\s*[a-z0-9]{1,3}\s*$/i.test(values.region??"")){
values.region=`${values.country}-${values.region.trim().toUpperCase()}`;
}
return values;
}
fill(values){
if(values.country)this.#l();
for(const input of this.#s()){
if(!Object.hasOwn(values,input.name))continue;
if(input.type==="checkbox")input.checked=values[input.name]===true;
else input.value=String(values[input.name]);
}
}
check(){
const errors=[];
for(const input of this.#s()){
const value=input.value.trim();
if(input.required&&value==="")errors.push({pointer:`/${input.name}`,code:"required"});
else if(input.type==="email"&&value!==""&&!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)){
errors.push({pointer:`/${input.name}`,code:"invalid_email"});
}
}
return errors;
}
showErrors(errors){
const list=make("ul");
for(const error of errors){
const input=this.#r(error.pointer?.slice(1));
const text=this.sayError(error);
if(input)this.#t(input,text);
list.append(make("li",{},input?this.#u(input,text):text));
}
this.#v(make(`h${this.#k}`,{textContent:this.#a.say("errors.title",{n:errors.length})}),list);
}
sayError({pointer="",code,detail}){
const name=pointer.slice(1),key=`error.${code}`,label=`field.${name}`;
const ours=this.#a.has(key)?this.#a.say(key):null,readsTheirs=/^en\b/i.test(this.#a.language);
return this.#a.plain("error.line",{
field:this.#a.has(label)?this.#a.say(label):name,
fault:(readsTheirs?detail??ours:ours??detail)??this.#a.say("error.wrong_type"),
});
}
tell(text){
this.#v(make("p",{textContent:text}));
}
clearErrors(){
for(const input of this.#s()){
input.removeAttribute("aria-invalid");
const wrong=this.#w(`wrong-${input.name}`);
if(wrong)wrong.textContent="";
}
this.#g.querySelector(".summary").replaceChildren();
if(this.#i!==null)document.title=this.#i;
}
retitle(){
if(this.#i!==null)this.#i=document.title;
}
focus(name){
this.#r(name)?.focus();
}
forget(){
try{
sessionStorage.removeItem(this.#h);
}catch{
}
}
reset(){
this.forget();
this.clearErrors();
this.#g.reset();
this.#w("suggest-email")?.replaceChildren();
}
#w(id){
return(this.#g.querySelector(`#${CSS.escape(this.#j + id)}`));
}
#p(){
return this.#g.querySelector(".fields, #fields");
}
#s(){
return[...this.#g.querySelectorAll("input, select, textarea")];
}
#r(name){
return this.#s().find((input)=>input.name===name);
}
#x(id){
return this.#j + id;
}
#y(name,required,language){
const{tag="input",max,hint:_hint,...properties}=kinds[name]??{autocomplete:"off"};
const made=make(tag,{...properties,id:this.#x(`field-${name}`),name,required});
if(tag==="input"&&!properties.type)made.type="text";
if(tag==="textarea")made.rows=4;
if(max)made.maxLength=max;
if(tag==="select"){
made.append(new Option(this.#a.say("choose"),""));
this.#l=()=>{
this.#l=()=>{};
made.append(...countries(language).map(({code,name:text})=>new Option(text,code)));
};
(globalThis.requestIdleCallback??setTimeout)(()=>this.#l());
}
return made;
}
#n({name,required},language,hints){
const input=this.#y(name,required,language);
const label=make("label",{htmlFor:input.id,textContent:this.#z(name)});
if(!required)label.append(" ",make("span",{className:"optional",textContent:this.#a.say("optional")}));
const made=make("div",{className:"field"},label);
const below=hints[name]??(kinds[name]?.hint&&this.#a.say(kinds[name].hint,{n:COMMENT_MAX}));
if(below)made.append(make("p",{id:this.#x(`hint-${name}`),className:"hint",textContent:below}));
made.append(this.#aa(name),input);
if(name==="email")made.append(make("p",{id:this.#x("suggest-email"),className:"suggest",role:"status"}));
input.setAttribute("aria-describedby",(below?`${this.#x(`hint-${name}`)} `:"")+ this.#x(`wrong-${name}`));
return made;
}
#z(name){
return this.#a.has(`field.${name}`)?this.#a.say(`field.${name}`):name;
}
#aa(name){
return make("p",{id:this.#x(`wrong-${name}`),className:"wrong"});
}
#o(name,words){
const box=make("input",{type:"checkbox",id:this.#x(`field-${name}`),name});
box.setAttribute("aria-describedby",this.#x(`wrong-${name}`));
return make("div",{className:"field choice"},this.#aa(name),box,make("label",{htmlFor:box.id},words));
}
#t(input,text){
input.setAttribute("aria-invalid","true");
const wrong=this.#w(`wrong-${input.name}`);
if(wrong)wrong.textContent=text;
}
#u(input,text){
const link=make("a",{href:`#${input.id}`,textContent:text});
link.addEventListener("click",(event)=>{
event.preventDefault();
input.closest(".field")?.scrollIntoView({block:"nearest"});
input.focus();
});
return link;
}
#v(...nodes){
const summary=(this.#g.querySelector(".summary"));
summary.replaceChildren(...nodes);
if(this.#i!==null)document.title=this.#a.plain("title.error",{title:this.#i});
summary.focus();
}
#m(){
const input=this.#r("email"),line=this.#w("suggest-email");
line?.replaceChildren();
if(line)import("./assets/mailhosts.js").then(({offer})=>offer(input,{line,texts:this.#a,taken:()=>this.store()}),()=>{});
}
store(){
if(!this.#h)return;
const typed=Object.fromEntries(this.#s().filter(({type})=>type!=="checkbox").map(({name,value})=>[name,value]));
try{
sessionStorage.setItem(this.#h,JSON.stringify(typed));
}catch{
}
}
#q(){
try{
this.fill(JSON.parse(sessionStorage.getItem(this.#h))??{});
}catch{
}
}
}
return{Form};
})();
const m_number=(()=>{
const STALE_S=30;
const SPEAK_MS=20000;
const STEP_MS=50;
const mantissas=[1,2,5];
function nextStep(n){
for(let power=100;;power*=10){
for(const mantissa of mantissas){
if(mantissa*power>n)return mantissa*power;
}
}
}
function nextGoal(count,goal=null,goals=[]){
const next=goals.filter((one)=>one>count).sort((a,b)=>a - b)[0];
if(next)return next;
const step=nextStep(count);
return goal>count?Math.min(goal,step):step;
}
class Rolling{
#ab;
#ac;
#ad=null;
#ae=null;
constructor(show,still=()=>matchMedia("(prefers-reduced-motion: reduce)").matches,shown=null){
this.#ab=show;
this.#ac=still;
this.#ad=shown;
}
get shown(){
return this.#ad;
}
to(target,seconds){
clearInterval(this.#ae);
const from=this.#ad;
if(from===null||target<=from||this.#ac()){
this.#af(target);
return;
}
const pause_ms=Math.max(STEP_MS,(seconds*1000)/(target - from));
const steps=Math.max(1,Math.floor((seconds*1000)/ pause_ms));
let step=0;
const move=()=>{
step +=1;
this.#af(Math.round(from +((target - from)*step)/ steps));
if(step>=steps)clearInterval(this.#ae);
};
move();
if(step<steps)this.#ae=setInterval(move,pause_ms);
}
stop(){
clearInterval(this.#ae);
}
#af(n){
this.#ad=n;
this.#ab(n);
}
}
class Announcer{
#ag;
#ae=null;
#ah=null;
constructor(element){
this.#ag=element;
}
say(text){
if(this.#ae){
this.#ah=text;
return;
}
this.#ag.textContent=text;
this.#ae=setTimeout(()=>{
this.#ae=null;
const next=this.#ah;
this.#ah=null;
if(next!==null)this.say(next);
},SPEAK_MS);
}
stop(){
clearTimeout(this.#ae);
this.#ae=this.#ah=null;
}
}
class NumberView{
#ai;
#aj;
#ak;
#al;
#am;
#f=null;
#an=0;
#ao=null;
constructor(parts,{say,language="en",goals=[],minimum=0,falls=false,shown=null}={}){
this.#ai=parts;
this.#aj={say,language,goals,minimum,falls};
this.#ak=new Intl.NumberFormat(language);
this.#al=new Rolling((n)=>this.#ap(n),undefined,shown);
this.#am=parts.live?new Announcer(parts.live):null;
}
show({value,behind_s,trouble}){
if(!value)return;
if(value.count===null){
this.#aq(true,value.state);
return;
}
if(!trouble)this.#an=Math.max(this.#an,performance.now()- behind_s*1000);
const isOld=this.#f&&value.as_of<this.#f.as_of;
if(!isOld)this.#f=value;
const shown=this.#al.shown??0;
const count=this.#aj.falls?this.#f.count:Math.max(shown,this.#f.count);
this.#al.to(count,Math.min(value.poll_after??5,10));
this.#ar();
this.#as(count);
}
stop(){
this.#al.stop();
this.#am?.stop();
}
#at(){
return Number(this.#f?.count_minimum??this.#aj.minimum)||0;
}
#aq(hidden,state){
if(this.#ai.root)this.#ai.root.hidden=hidden;
if(this.#ai.few)this.#ai.few.hidden=!hidden||state!=="open";
}
#ap(n){
const{count,unit,goal,progress}=this.#ai;
const goals=this.#f.goals??this.#aj.goals;
const next=nextGoal(n,this.#f.goal,goals);
this.#aq(n<this.#at(),this.#f.state);
if(count)count.textContent=this.#ak.format(n);
if(unit)unit.textContent=this.#aj.say("number.signed",{n});
const open=this.#f.state==="open";
if(goal){
goal.hidden=!open;
goal.textContent=this.#aj.say("number.goal",{goal:next});
}
if(progress){
progress.hidden=!open;
progress.max=next;
progress.value=n;
}
}
#ar(){
const{note}=this.#ai;
if(!note)return;
const{say,language}=this.#aj;
const late=performance.now()- this.#an>STALE_S*1000;
let text="";
if(this.#f.state!=="open")text=say("number.closed");
else if(!this.#f.exact||late)text=say("number.stale",{time:sayTime(this.#f.as_of,language)});
if(note.textContent!==text)note.textContent=text;
note.hidden=text==="";
}
#as(count){
if(!this.#am||this.#ao===count||count<this.#at())return;
if(this.#ao!==null)this.#am.say(this.#aj.say("number.said",{n:count}));
this.#ao=count;
}
}
function sayTime(at,language){
const time=new Date(at);
const today=time.toDateString()===new Date().toDateString();
return time.toLocaleString(language,today?{timeStyle:"short"}:{dateStyle:"medium",timeStyle:"short"});
}
return{NumberView};
})();
const m_poller=(()=>{
const LONGEST_S=60;
const SOON_S=5;
const PATIENCE_MS=15000;
const GREETING_S=0.3;
const browser={
fetch:(url,options)=>fetch(url,options),
now:()=>performance.now(),
random:()=>Math.random(),
after:(ms,run)=>setTimeout(run,ms),
cancel:(timer)=>clearTimeout(timer),
hidden:()=>document.hidden||document.visibilityState==="hidden",
channel:(name)=>(globalThis.BroadcastChannel?new BroadcastChannel(name):null),
locks:()=>navigator.locks??null,
on:(woken,online)=>{
document.addEventListener("visibilitychange",woken);
addEventListener("pagehide",woken);
addEventListener("pageshow",woken);
addEventListener("online",online);
return()=>{
document.removeEventListener("visibilitychange",woken);
removeEventListener("pagehide",woken);
removeEventListener("pageshow",woken);
removeEventListener("online",online);
};
},
};
const isCount=(body)=>body.count===null||Number.isSafeInteger(body.count);
class Poller{
#au;
#av;
#aw;
#ax;
#ay=new Set();
#az=null;
#ba=false;
#bb=null;
#ae=null;
#bc=null;
#bd=null;
#be=null;
#bf=false;
#bg=null;
#bh=-Infinity;
#bi=-Infinity;
#bj=null;
#bk;
#bl;
#ai=false;
#bm=Infinity;
#bn=0;
constructor(url,{env=browser,good=isCount,pace_s=5,address=()=>url}={}){
this.#au=url;
this.#av=address;
this.#aw=env;
this.#ax=good;
this.#bk=this.#bl=pace_s;
}
watch(take){
this.#ay.add(take);
if(this.#bg)take(this.#bg);
this.#az??=this.#aw.on((event)=>this.#bo(event),()=>this.#bp(this.#aw.random()));
this.#bo();
return{
soon:(seconds)=>this.#bp(seconds),
stop:()=>this.#bq(take),
};
}
#bq(take){
this.#ay.delete(take);
if(this.#ay.size>0||!this.#az)return;
this.#az();
this.#az=null;
this.#br();
}
#bo(event){
const wanted=event?.type!=="pagehide"&&!this.#aw.hidden();
if(wanted&&!this.#ba)this.#bs();
else if(!wanted&&this.#ba)this.#br();
}
#bs(){
const name=`countersign:${this.#au}`;
this.#ba=true;
this.#bc=this.#aw.channel(name);
if(this.#bc){
this.#bc.onmessage=(event)=>this.#bt(event.data);
this.#bc.postMessage("?");
}
const locks=this.#bc&&this.#aw.locks();
if(locks)this.#bu(locks,name);
this.#bv(Math.max(this.#bc?GREETING_S:0,this.#bw()));
}
#br(){
this.#ba=this.#bf=false;
this.#aw.cancel(this.#ae);
this.#bb?.abort();
this.#bd?.abort();
this.#be?.();
this.#bc?.close();
this.#bb=this.#bd=this.#be=this.#bc=null;
}
#bu(locks,name){
const wish=new AbortController();
this.#bd=wish;
const lead=()=>new Promise((release)=>{
if(wish.signal.aborted)return release();
this.#be=release;
this.#bf=true;
this.#bv(this.#bw());
});
locks.request(name,{signal:wish.signal},lead).catch(()=>{});
}
#bv(seconds){
this.#aw.cancel(this.#ae);
if(this.#ba)this.#ae=this.#aw.after(seconds*1000,()=>this.#bx());
}
#bp(seconds){
if(this.#ba)this.#bv(seconds);
}
#by(leads=this.#bf){
const spread=this.#bg?.trouble?0.5:0.2;
const pause=this.#bl*(1 +(this.#ai?this.#aw.random():spread*(this.#aw.random()- 0.5)));
return leads?pause:pause*2 + this.#aw.random()*this.#bl;
}
#bz(){
return this.#bg?.value?.poll_after?this.#bk:Math.min(this.#bk,SOON_S);
}
#bw(){
const now=this.#aw.now();
return Math.max(0,this.#by(true)-(now - this.#bh)/ 1000,this.#bz()-(now - this.#bi)/ 1000);
}
async #bx(){
if(this.#bb)return;
const asking=new AbortController();
this.#bb=asking;
this.#bi=this.#aw.now();
const patience=this.#aw.after(PATIENCE_MS,()=>asking.abort());
const answer=await this.#ca(asking.signal);
this.#aw.cancel(patience);
if(this.#bb!==asking)return;
this.#bb=null;
if(!this.#aw.locks())this.#bf=true;
this.#cb(answer);
this.#bc?.postMessage(this.#cc());
this.#bv(this.#by());
}
async #ca(signal){
try{
const address=this.#av(),kept=this.#bj?.address===address?this.#bj:null;
const condition=kept?{cache:"no-store",headers:{"If-None-Match":kept.tag}}:{cache:"no-cache"};
const response=await this.#aw.fetch(address,{credentials:"omit",signal,...(condition)});
const retry_s=Number.parseInt(response.headers.get("Retry-After")??"",10)||0;
const same=kept!==null&&response.status===304;
const body=same?kept.body:response.ok?await response.json():null;
if(!body||!this.#ax(body))return{value:null,retry_s,status:response.status};
const tag=response.type==="basic"&&response.headers.get("ETag");
if(!same)this.#bj=tag?{address,tag,body}:null;
return{value:body,behind_s:this.#cd(response.headers.get("Date"))};
}catch{
return{value:null,retry_s:0,status:0};
}
}
#cd(date){
const now=this.#aw.now();
const apart=now - Date.parse(date??"");
if(Number.isNaN(apart))return 0;
this.#bm=Math.min(apart,this.#bm +(now - this.#bn)/ 1000);
this.#bn=now;
return(apart - this.#bm)/ 1000;
}
#cb({value,behind_s,retry_s,status}){
if(value){
const pace_s=Math.min(Math.max(1,Number(value.poll_after)||this.#bk),3600);
this.#ai=Boolean(this.#bg?.value)&&pace_s!==this.#bk;
this.#bk=this.#bl=pace_s;
this.#ce({value,behind_s,trouble:false,status:200});
}else{
const told_s=this.#bg?.value?.poll_after?this.#bk:0;
const last_s=this.#bg?.trouble?this.#bl:this.#bz();
this.#bl=Math.min(Math.max(LONGEST_S,told_s),Math.max(last_s*2,retry_s));
this.#ce({value:this.#bg?.value??null,behind_s:this.#bg?.behind_s??0,trouble:true,status});
}
}
#ce(news){
this.#bg=news;
this.#bh=this.#aw.now();
for(const take of[...this.#ay])take(news);
}
#cc(){
return{news:this.#bg,pace_s:this.#bk,wait_s:this.#bl};
}
#bt(message){
if(message==="?"){
if(this.#bf&&this.#bg)this.#bc.postMessage(this.#cc());
return;
}
const value=message?.news?.value;
if(!message?.news||!(message.wait_s>0)||!(message.pace_s>0)||(value&&!this.#ax(value)))return;
this.#bk=message.pace_s;
this.#bl=message.wait_s;
if(!this.#be)this.#bf=false;
this.#ce(message.news);
this.#bv(this.#by());
}
}
const pollers=new Map();
function watch(url,take,options){
if(!pollers.has(url))pollers.set(url,new Poller(url,options));
return pollers.get(url).watch(take);
}
return{watch};
})();
const m_sending=(()=>{
const{post,retryAfter}=m_api;
const LONGEST_S=60;
const PASSING={0:"wait.offline",429:"wait.limited",502:"wait.unavailable",503:"wait.unavailable",504:"wait.unavailable"};
class Sending{
#cf;
#a;
#cg;
#ch;
#ci=0;
#cj=null;
constructor({path,texts,place,base=""}){
this.#cf=path;
this.#a=texts;
this.#cg=place;
this.#ch=base;
}
async send(value){
this.#ci=0;
for(;;){
const answer=await post(this.#cf,value,{base:this.#ch});
if(!(answer.status in PASSING))return answer;
this.#ci=answer.status===0?this.#ci + 1:0;
const goesOn=await this.#ck(answer);
this.#cg.replaceChildren();
if(!goesOn)return null;
}
}
stop(){
this.#cj?.();
}
#ck(answer){
const offline=answer.status===0;
const seconds=offline?Math.min(LONGEST_S,5*2**(this.#ci - 1)):retryAfter(answer);
return new Promise((resolve)=>{
const end=performance.now()+ seconds*1000;
const clock=this.#ab(PASSING[answer.status],()=>finish(false));
const tick=()=>{
const left_s=Math.ceil((end - performance.now())/ 1000);
if(left_s<=0)finish(true);
else clock.textContent=this.#cl(left_s,offline&&!navigator.onLine);
};
const online=()=>finish(true);
const finish=(goesOn)=>{
clearInterval(timer);
removeEventListener("online",online);
this.#cj=null;
resolve(goesOn);
};
const timer=setInterval(tick,250);
if(offline)addEventListener("online",online);
this.#cj=()=>finish(false);
tick();
});
}
#cl(seconds,waitsForNetwork){
if(waitsForNetwork)return this.#a.say("wait.online");
return seconds>90?this.#a.say("wait.minutes",{n:Math.ceil(seconds / 60)}):this.#a.say("wait.next",{n:seconds});
}
#ab(reason,stop){
const said=Object.assign(document.createElement("p"),{role:"status"});
const clock=Object.assign(document.createElement("p"),{role:"timer"});
const button=Object.assign(document.createElement("button"),{type:"button",className:"quiet",textContent:this.#a.say("wait.stop")});
button.addEventListener("click",stop);
this.#cg.replaceChildren(said,clock,button);
said.textContent=`${this.#a.say(reason)} ${this.#a.say("wait.kept")}`;
return clock;
}
}
return{Sending};
})();
const m_widget_style=(()=>{
const tokens=`
--c-text: var(--countersign-text, inherit);
--c-quiet: var(--countersign-quiet, color-mix(in srgb, currentColor 72%, transparent));
--c-line: var(--countersign-line, color-mix(in srgb, currentColor 45%, transparent));
--c-accent: var(--countersign-accent, #14532d);
--c-accent-text: var(--countersign-accent-text, #fff);
--c-wrong: var(--countersign-wrong, #b42318);
--c-ground: var(--countersign-ground, transparent);
--c-radius: var(--countersign-radius, .375rem);
--c-space: var(--countersign-space, 1rem);`;
const inside=`
:host { display: block; container-type: inline-size; max-inline-size: 42rem; margin-block-end: var(--c-space); ${tokens}
color: var(--c-text); background: var(--c-ground); font: var(--countersign-font, inherit); line-height: 1.5;
padding: var(--countersign-padding, 0); border-radius: var(--c-radius); overflow-wrap: break-word; }
:host([hidden]), [hidden] { display: none !important; }
p, .title { margin: 0 0 calc(var(--c-space) / 2); }
.title { font-size: 1.375em; line-height: 1.25; text-wrap: balance; }
a { color: var(--c-accent); }
.count { font-size: 2em; font-weight: 700; line-height: 1.1; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.goal, .note, .more { color: var(--c-quiet); }
.note, .more { font-size: .9375em; }
.line { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .5em; margin: 0 0 .25rem; }
.goal { margin-inline-start: auto; }
progress { display: block; appearance: none; width: 100%; height: .625rem; margin: 0 0 var(--c-space); border: 0; border-radius: 1rem;
overflow: hidden; background: color-mix(in srgb, currentColor 15%, transparent); color: inherit; }
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--c-accent); border-radius: 1rem; transition: inline-size .4s; }
progress::-moz-progress-bar { background: var(--c-accent); border-radius: 1rem; }
.thanks { border: 2px solid var(--c-accent); border-radius: var(--c-radius); padding: var(--c-space); }
.thanks:focus { outline: none; }
.sharing > :first-child { margin: var(--c-space) 0 0; font-size: 1em; }
.sharing ul { display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center; margin: 0; padding: 0; list-style: none; }
.sharing a { display: inline-block; padding: .25em 0; }
.sharing button { font: inherit; color: inherit; background: transparent; cursor: pointer; min-height: 2.75rem; padding: .25rem .75rem;
border: 1px solid var(--c-line); border-radius: var(--c-radius); }
:focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { progress::-webkit-progress-value { transition: none; } }
@media (forced-colors: active) { progress { border: 1px solid CanvasText; } progress::-webkit-progress-value { background: Highlight; } }`;
const own="countersign-petition > form";
const outside=`
${own} { margin: 0; overflow-wrap: break-word; ${tokens} }
${own} > *, ${own} .field > * { box-sizing: border-box; }
${own} .field { margin: 0 0 var(--c-space); }
${own} .field p { margin: 0; }
${own} label { display: block; font-weight: 600; }
${own} .optional, ${own} .hint { color: var(--c-quiet); font-weight: 400; font-size: .9375em; }
${own} :is(input:not([type=checkbox]), select, textarea) { display: block; width: 100%; min-height: 2.75rem; margin: .25rem 0 0; padding: .5rem .625rem;
font: inherit; font-size: max(1em, 16px); color: inherit; background: var(--countersign-field, transparent);
border: 1px solid var(--c-line); border-radius: var(--c-radius); }
${own}[dir=rtl] [type=email] { text-align: right; }
${own} option { color: #1b1b1f; background: #fff; }
${own} .choice { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: .625rem; }
${own} .choice .wrong { grid-column: 1 / -1; }
${own} .choice label { font-weight: 400; }
${own} input[type=checkbox] { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--c-accent); }
${own} [aria-invalid=true]:not([type=checkbox]) { border: 2px solid var(--c-wrong); }
${own} .wrong { color: var(--c-wrong); font-size: .9375em; }
${own} .summary:not(:empty) { border: 2px solid var(--c-wrong); border-radius: var(--c-radius); padding: .75rem; margin: 0 0 var(--c-space); }
${own} .summary > * { margin: 0; font-size: 1em; }
${own} .summary a { color: var(--c-wrong); }
${own} :is(button, .quiet) { font: inherit; font-weight: 600; cursor: pointer; min-height: 2.75rem; border-radius: var(--c-radius); }
${own} button[type=submit] { width: 100%; padding: .75rem 1.5rem; border: 0; color: var(--c-accent-text); background: var(--c-accent); }
${own} .quiet { padding: .25rem .75rem; border: 1px solid var(--c-line); color: inherit; background: transparent; }
${own} button:disabled { opacity: .6; cursor: default; }
${own} .uses { margin: 0 0 .75rem; font-size: .9375em; color: var(--c-quiet); }
${own} .uses a { color: var(--c-accent); }
${own} :focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
${own} .waits:not(:empty) { margin-top: var(--c-space); }
@media (forced-colors: active) { ${own} button { border: 1px solid ButtonText; } }`;
function sheet(text){
try{
const made=new CSSStyleSheet();
made.replaceSync(text);
return made;
}catch{
return null;
}
}
const sheets={inside:sheet(inside),outside:sheet(outside)};
function adopt(root,which){
const made=sheets[which];
if(made&&!root.adoptedStyleSheets.includes(made))root.adoptedStyleSheets=[...root.adoptedStyleSheets,made];
}
return{adopt};
})();
(()=>{
const{ask,retryAfter,sayFailure}=m_api;
const{Form}=m_form;
const{direction,load}=m_i18n;
const{NumberView}=m_number;
const{watch}=m_poller;
const{Sending}=m_sending;
const{adopt}=m_widget_style;
const base=new URL(import.meta.url).origin;
const prefilled=["email","given_name","family_name","country","region","postal_code","locality","comment"];
const attribute=(field)=>field.replace("_","-");
function level(said){
const n=Number.parseInt(said,10);
return Number.isNaN(n)?2:Math.min(6,Math.max(1,n));
}
let made=0;
function make(name,part,properties={},...children){
const element=Object.assign(document.createElement(name),part?{className:part}:{},properties);
if(part)element.setAttribute("part",part);
element.append(...children);
return element;
}
class Count extends HTMLElement{
static observedAttributes=["petition","language"];
#cm=null;
#cn=null;
#co=null;
connectedCallback(){
if(!this.shadowRoot)adopt(this.attachShadow({mode:"open"}),"inside");
this.#cp();
}
disconnectedCallback(){
this.#cq();
}
attributeChangedCallback(_name,before,now){
if(this.#cm&&before!==now)this.#cp();
}
#cp(){
this.#cq();
this.#cm=new AbortController();
const slug=this.getAttribute("petition")??"";
if(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))this.start(slug,this.#cm.signal);
}
#cq(){
this.#cm?.abort();
this.#cn?.stop();
this.#co?.stop();
this.#cm=this.#cn=this.#co=null;
}
languages(){
const own=this.getAttribute("language")??this.closest("[lang]")?.getAttribute("lang");
return[...(own?[own]:[]),...navigator.languages];
}
async start(slug,signal){
const texts=await load(this.languages(),"words");
if(signal.aborted)return;
const box=make("div","number",{dir:texts.dir,lang:texts.language});
this.shadowRoot.replaceChildren(box);
this.showNumber(slug,box,texts,{
goals:(this.getAttribute("goals")??"").split(",").map(Number).filter((goal)=>goal>0),
minimum:Number(this.getAttribute("minimum"))||0,
});
}
showNumber(slug,box,texts,{goals=[],minimum=0}){
const count=make("span","count"),unit=make("span","unit"),goal=make("span","goal"),few=make("p","few",{hidden:true});
const progress=make("progress","progress",{hidden:true,ariaLabel:texts.say("people")});
const note=make("p","note",{hidden:true}),live=make("span","unseen",{role:"status"});
const root=make("div","",{hidden:true},make("p","line",{},count,unit,goal),progress,note,live);
few.textContent=texts.say("number.few");
box.replaceChildren(root,few);
this.#co=new NumberView({root,few,count,unit,goal,progress,note,live},
{say:(key,values)=>texts.say(key,values),language:texts.language,goals,minimum});
let last=null;
this.#cn=watch(`${base}/api/v1/petitions/${slug}/count`,(news)=>{
this.#co?.show(news);
if(!news.value||news.value.count===last)return;
last=news.value.count;
this.tell("count",{petition:slug,count:last,state:news.value.state,as_of:news.value.as_of});
});
}
lookSoon(){
this.#cn?.soon(1.5);
}
tell(name,detail){
this.dispatchEvent(new CustomEvent(`countersign-${name}`,{detail,bubbles:true,composed:true}));
}
}
class Petition extends Count{
#cr="";
#k=2;
#a=null;
#cs=null;
#g=null;
#ag=null;
#ct=make("p","state",{role:"status"});
async start(slug,signal){
const texts=await load(this.languages(),"words");
if(signal.aborted)return;
this.#cr=slug;
this.#k=level(this.getAttribute("heading"));
this.#a=texts;
this.#ct=make("p","state",{role:"status"});
this.shadowRoot.replaceChildren(this.#ct);
this.#ag?.remove();
const answer=await this.#cu(signal);
if(signal.aborted||!answer)return;
this.#cs=answer.body;
this.#ab(signal);
}
#cf(end=""){
return `/petitions/${this.#cr}${end}`;
}
#cv(key){
return make("a","",{href:`${base}/p/${this.#cr}`,target:"_blank",rel:"noopener",textContent:this.#a.say(key)});
}
async #cu(signal){
for(;;){
const answer=await ask(`${this.#cf()}?lang=${encodeURIComponent(this.#a.language)}`,{base,signal});
if(signal.aborted||answer.ok)return answer;
const open=answer.status===0?await ask(this.#cf("/count"),{base}):answer,foreign=open.ok;
const word={404:"not_found",410:"withdrawn"}[open.status];
if(signal.aborted)return null;
if(foreign)this.#ct.replaceChildren(this.#a.say("failed.origin")," ",this.#cv("sign.link"));
else this.#ct.textContent=word?this.#a.say(word):sayFailure(this.#a,answer);
if(word||foreign)return null;
await new Promise((resolve)=>setTimeout(resolve,retryAfter(answer)*1000));
}
}
#ab(signal){
const{title,language,state,goals,count_minimum:minimum}=this.#cs;
const texts=this.#a,number=make("div","number"),open=state==="open";
this.#ct.textContent=open?"":texts.say("closed");
const heading=make(`h${this.#k}`,"title",{lang:language},make("bdi","",{dir:direction(language),textContent:title}));
const more=make("p","more",{},this.#cv("changed.read"));
this.shadowRoot.replaceChildren(make("div","box",{dir:texts.dir,lang:texts.language},
heading,more,number,this.#ct,make("slot",""),make("slot","",{name:"thanks",hidden:true})));
this.showNumber(this.#cr,number,texts,{goals,minimum});
if(open)this.#cw(signal);
}
async #cw(signal){
const texts=this.#a,{fields,organization}=this.#cs;
const uses=make("p","uses",{textContent:`${texts.say("data.use")} ${texts.say("data.hold")} `});
const privacy=organization?.privacy_url??"";
if(/^https?:/.test(privacy))uses.append(make("a","",{href:privacy,target:"_blank",rel:"noopener",textContent:texts.say("data.privacy")}));
const button=make("button","",{type:"submit",textContent:texts.say("sign.button")});
const waits=make("div","waits"),summary=make("div","summary",{tabIndex:-1,role:"alert"});
this.#ag=make("form","",{dir:texts.dir,lang:texts.language},summary,make("div","fields"),uses,button,waits);
adopt(this.getRootNode(),"outside");
this.#g=new Form(this.#ag,{texts,prefix:`countersign-${(made += 1)}-`,keep:`countersign:${this.#cr}`,level:level(this.#k + 1)});
this.#g.build(fields,{language:texts.language,values:this.#cx()});
this.append(this.#ag);
const sending=new Sending({path:this.#cf("/signatures"),texts,place:waits,base});
signal.addEventListener("abort",()=>sending.stop());
this.#ag.addEventListener("submit",(event)=>{
event.preventDefault();
if(!button.disabled)this.#cy(sending,button);
});
const wording=await ask(`${this.#cf("/subscribe-wording")}?lang=${encodeURIComponent(texts.language)}`,{base});
if(!signal.aborted&&wording.ok)this.#g.offer(wording.body);
}
#cx(){
const given=prefilled.filter((field)=>this.hasAttribute(attribute(field)));
return Object.fromEntries(given.map((field)=>[field,this.getAttribute(attribute(field))]));
}
#f(){
const value={...this.#g.values(),text_version:this.#cs.text_version,locale:this.#a.language};
for(const name of["source","referrer"]){
const given=this.getAttribute(name)??"";
if(/^[A-Za-z0-9_.-]{1,64}$/.test(given))value[name]=given;
}
return value;
}
async #cy(sending,button){
const texts=this.#a,value=this.#f(),wrong=this.#g.check();
this.#g.clearErrors();
if(wrong.length){
this.#g.showErrors(wrong);
return;
}
button.disabled=true;
button.textContent=texts.say("sign.sending");
const answer=await sending.send(value);
button.disabled=false;
button.textContent=texts.say("sign.button");
if(answer?.status===202)this.#cz(answer.body?.confirmation,value.email);
else if(answer)await this.#da(answer);
else this.#g.tell(texts.say("wait.stopped"));
}
async #da(answer){
const texts=this.#a;
if(answer.status===422)return this.#g.showErrors(answer.body?.errors??[]);
if(answer.status===403)return this.#g.tell(texts.say("failed.origin"));
if(answer.status===410){
this.#ag.remove();
this.#ct.textContent=texts.say("closed.unsent");
return undefined;
}
if(answer.status!==409)return this.#g.tell(texts.say("failed",{status:answer.status}));
const now=await ask(`${this.#cf()}?lang=${encodeURIComponent(texts.language)}`,{base});
const before=this.#cs,letter=await import("./assets/letter.js").catch(()=>null);
if(now.ok)this.#cs=now.body;
this.shadowRoot.querySelector(".title bdi").textContent=this.#cs.title;
this.#g.tell(`${texts.say("changed.title")}. ${texts.say("changed.text")}`);
this.#ag.querySelector(".summary").append(...(letter?.changes(before,this.#cs,texts)??[]),this.#cv("changed.read"));
return undefined;
}
async #db(thanks){
const{title,language}=this.#cs,place=make("div","sharing");
const module=await import("./assets/share.js").catch(()=>null);
module?.sharePanel(place,{texts:this.#a,slug:this.#cr,title,language,level:`h${level(this.#k + 1)}`,base});
thanks.append(place);
}
#cz(confirmation,address){
const texts=this.#a,byMail=confirmation==="email";
const thanks=make("div","thanks",{tabIndex:-1},
make("p","",{textContent:byMail?texts.say("thanks.confirm"):texts.say("thanks.counted")}));
if(byMail)thanks.append(make("p","",{textContent:texts.say("thanks.sent",{address})}));
this.#g.forget();
this.#ag.remove();
this.#ct.replaceWith(thanks);
this.shadowRoot.querySelector("slot[name=thanks]").removeAttribute("hidden");
thanks.focus();
this.#db(thanks);
this.lookSoon();
this.tell("signed",{petition:this.#cr,confirmation});
}
}
if(!customElements.get("countersign-count")){
customElements.define("countersign-count",Count);
customElements.define("countersign-petition",Petition);
}
})();
